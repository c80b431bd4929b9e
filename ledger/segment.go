package ledger

import (
	"errors"
	"fmt"
)

// MaxSegments bounds in how many segments one member may be: a program's
// conditions are dear to ask of longer lists.
const MaxSegments = 100

// Segmenting puts a member in a segment, or takes her out of it, for a reason.
// The entry names who did it.
type Segmenting struct {
	Segment string `json:"segment"`
	Out     bool   `json:"out,omitempty"`
	Reason  string `json:"reason"`
}

// CheckSegment says whether a text names a segment, as conditions write it.
func CheckSegment(name string) error {
	if !isName(name) {
		return fmt.Errorf("segment %q: a name has up to 32 letters, digits, dashes and dots", name)
	}
	return nil
}

func (e *Entry) checkSegment() error {
	if _, ok := e.Subject.Account(); !ok || e.Segmenting == nil {
		return errors.New("segment of nobody")
	}
	if err := CheckSegment(e.Segmenting.Segment); err != nil {
		return err
	}
	if err := CheckReason(e.Segmenting.Reason); err != nil {
		return fmt.Errorf("segment: %w", err)
	}
	return nil
}
