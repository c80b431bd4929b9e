package screen

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Standing is how the till stands.
type Standing struct {
	Storage      string // why nothing can be written; empty where it can
	Reached      bool   // headquarters
	Tried        bool   // whether a try to reach it ended yet
	Since        time.Time
	Why          string // it is not reached
	Own          bool   // the till is its own headquarters
	Unsent       int
	OldestUnsent time.Time // zero where nothing is unsent
	LastContact  time.Time // zero where there was none
	NoRedeem     string    // why redeeming is refused; empty where it is not
	Entries      ledger.Seq
	Epoch        ledger.Epoch
	Durable      string // up to where headquarters has it in a backup; empty where nowhere
	Rights       []Right
	Backup       time.Time // zero where none is known
	Devices      []Device
	Release      string
}

// Right is what this till may spend of a unit without asking.
type Right struct {
	Program string
	Unit    ledger.Unit
	Count   int
	Rest    ledger.Points
}

// Device is how a device was seen last.
type Device struct {
	Name, Kind string
	Online     bool
	Since      time.Time // zero where nothing was seen yet
	Why        string    // it is offline
	Status     string    // what a printer says of itself
	Fault      bool
}

// Badge says quietly whether the network, the disk and the devices work.
type Badge struct {
	Level   string    `json:"level" enum:"good,waits,bad"`
	Says    string    `json:"says" enum:"online,connecting,offline,storage,training"`
	Since   string    `json:"since,omitempty" doc:"it is offline" example:"14:05"`
	Unsent  int       `json:"unsent" doc:"entries that wait to be sent"`
	Trouble []Trouble `json:"devices" nullable:"false" doc:"that are in trouble"`
}

// Text is the id of the text that says it.
func (b Badge) Text() string { return "badge_" + b.Says }

// Trouble is what is the matter with a device.
type Trouble struct {
	Name   string `json:"device"`
	Status string `json:"status,omitempty" doc:"what it says of itself; absent where it is not there" example:"paper empty"`
}

// Badge tells how the till stands now.
func (s *Screens) Badge(ctx context.Context) Badge {
	st, err := s.Journal.Standing(ctx)
	out := Badge{Level: "good", Says: "online", Unsent: st.Unsent, Trouble: []Trouble{}}
	switch {
	case err != nil || st.Storage != "":
		out.Level, out.Says = "bad", "storage"
	case s.Header.Training:
		out.Says = "training"
	case st.Reached || st.Own:
	case !st.Tried:
		out.Level, out.Says = "waits", "connecting"
	default:
		out.Level, out.Says, out.Since = "waits", "offline", s.Clock(st.Since)
	}
	for _, d := range st.Devices {
		if d.Fault || !d.Online && !d.Since.IsZero() {
			out.Trouble = append(out.Trouble, Trouble{d.Name, d.Status})
		}
	}
	return out
}
