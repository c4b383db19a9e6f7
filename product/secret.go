package product

import (
	"fmt"
	"io"
)

const hidden = "[secret]"

// Secret is a password. However it is printed or encoded, "[secret]" comes out;
// only Reveal gives the value. The value stands behind a pointer so that fmt,
// which cannot call methods on unexported fields of others, prints an address.
type Secret struct{ value *string }

// NewSecret keeps value.
func NewSecret(value string) Secret { return Secret{value: &value} }

// Reveal returns the value, empty for a secret that was not resolved. MUST be
// called only where the value is used, never to print it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Known reports whether the secret was resolved.
func (s Secret) Known() bool { return s.value != nil }

// String returns "[secret]".
func (s Secret) String() string { return hidden }

// Format writes "[secret]" for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalJSON returns "[secret]".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText returns "[secret]".
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
