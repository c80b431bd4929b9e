package simulate

import (
	"fmt"
	"hash/fnv"
	"time"
)

// lastLines is how much of a story is told of a run that failed.
const lastLines = 60

// trace is the story of a run. It has no ids: those of headquarters are not
// drawn from the seed.
type trace struct {
	hash  uint64
	lines []string
}

func newTrace() *trace { return &trace{} }

// tell adds a line.
func (tr *trace) tell(at time.Time, format string, args ...any) {
	line := at.Format("02 15:04:05.000 ") + fmt.Sprintf(format, args...)
	h := fnv.New64a()
	fmt.Fprint(h, tr.hash, line) // hashes never fail to write
	tr.hash = h.Sum64()
	tr.lines = append(tr.lines, line)
	if len(tr.lines) > 2*lastLines {
		tr.lines = append(tr.lines[:0], tr.lines[lastLines:]...)
	}
}

func (tr *trace) sum() uint64 { return tr.hash }

func (tr *trace) last() []string { return tr.lines[max(0, len(tr.lines)-lastLines):] }

// note adds what happened now.
func (w *world) note(format string, args ...any) { w.tell(w.at, format, args...) }
