// Package strict reads JSON from outside of which no two readers may think
// differently. It must never repair what it reads.
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/plimsoll-iot/plimsoll/report/view"
)

// mostKey is how many bytes of a key stand in an error.
const mostKey = 100

// Keys refuses an object in which a key stands twice (RFC 8259, section 4: how that
// is read is not foreseeable), and a key that the named format does not allow; nil allows
// all. The caller has bounded the bytes and MUST refuse what is not valid JSON: of bytes
// that end early nothing is said. The error names the key and the byte that it stands
// before.
func Keys(b []byte, format string, allowed func(key string) bool) error {
	d := json.NewDecoder(bytes.NewReader(b))
	var seen []map[string]bool // of the open objects; nil for a list
	key := false               // the next string is a key
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name, isString := t.(string)
		switch {
		case t == json.Delim('{'):
			seen = append(seen, map[string]bool{})
		case t == json.Delim('['):
			seen = append(seen, nil)
		case t == json.Delim('}') || t == json.Delim(']'):
			seen = seen[:len(seen)-1]
		case isString && key:
			if seen[len(seen)-1][name] {
				return fmt.Errorf("the key %q stands twice in one object, before byte %d", view.Clip(name, mostKey), d.InputOffset())
			}
			if allowed != nil && !allowed(name) {
				return fmt.Errorf("the key %q before byte %d is none of %s", view.Clip(name, mostKey), d.InputOffset(), format)
			}
			seen[len(seen)-1][name] = true
			key = false
			continue
		}
		key = len(seen) > 0 && seen[len(seen)-1] != nil
	}
}
