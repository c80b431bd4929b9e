package powercut

// Calls are what can fail.
type Calls int

// The calls that can fail.
const (
	Writing Calls = iota
	Syncing
	Reading
)

// Kind is how a call fails.
type Kind int

const (
	// NoFault is none.
	NoFault Kind = iota
	// WriteError is a write of which nothing was made.
	WriteError
	// HalfWritten is one of which half was made.
	HalfWritten
	// Full is one for which there was no room.
	Full
	// SyncError is a sync; what it should have written may never be.
	SyncError
	// Unplugged is every call: the disk is not there.
	Unplugged
)

// Kinds are all of them.
var Kinds = []Kind{WriteError, HalfWritten, Full, SyncError, Unplugged}

func (k Kind) String() string {
	return [...]string{"none", "write fails", "half written", "disk full", "sync fails", "unplugged"}[k]
}

func (k Kind) hits(calls Calls) bool {
	switch k {
	case NoFault:
		return false
	case Unplugged:
		return true
	case SyncError:
		return calls == Syncing
	}
	return calls == Writing
}

// made is how much of a write there is all the same.
func (k Kind) made(n int) int {
	if k == HalfWritten {
		return n / 2
	}
	return 0
}

func (k Kind) code() int {
	if k == Full {
		return codeFull
	}
	return codeWrite
}

// Fault is that a call fails.
type Fault struct {
	Kind Kind
	// After is how many calls of its kind still go well.
	After int
	// ForEver is until another fault is set, else it fails once.
	ForEver bool
}

// Fail sets a fault; the zero Fault ends one.
func (d *Disk) Fail(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = f
}

// fails reports whether a call is to fail, and how.
func (d *Disk) fails(calls Calls) (Kind, bool) {
	f := &d.fault
	if !f.Kind.hits(calls) {
		return NoFault, false
	}
	if f.After > 0 {
		f.After--
		return NoFault, false
	}
	kind := f.Kind
	if !f.ForEver {
		*f = Fault{}
	}
	return kind, true
}
