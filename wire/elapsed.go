package wire

import (
	"encoding/json"
	"time"
)

// Elapsed is how long a look took. JSON carries it in whole milliseconds.
type Elapsed time.Duration

func (e Elapsed) String() string { return time.Duration(e).String() }

// MarshalJSON writes whole milliseconds.
func (e Elapsed) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(e).Milliseconds())
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Elapsed) UnmarshalJSON(b []byte) error {
	var ms int64
	if err := json.Unmarshal(b, &ms); err != nil {
		return err
	}
	*e = Elapsed(time.Duration(ms) * time.Millisecond)
	return nil
}
