package pages

import (
	"context"
	"net/http"
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

// badgePart says quietly whether the network, the disk and the devices work.
type badgePart struct {
	frame
	Level   string // good, waits or bad
	Text    string // id
	Since   string
	Unsent  int
	Devices []Device // that are in trouble
}

func (p *Pages) badge(w http.ResponseWriter, r *http.Request) {
	f := p.frame(r, "checkout", "")
	p.showPart(w, checkoutTemplate, "badge", p.badgePart(r.Context(), f))
}

func (p *Pages) badgePart(ctx context.Context, f frame) badgePart {
	s, err := p.Source.Standing(ctx)
	out := badgePart{frame: f, Level: "good", Text: "badge_online", Unsent: s.Unsent}
	switch {
	case err != nil || s.Storage != "":
		out.Level, out.Text = "bad", "badge_storage"
	case f.Training:
		out.Text = "badge_training"
	case s.Reached || s.Own:
	case !s.Tried:
		out.Level, out.Text = "waits", "badge_connecting"
	default:
		out.Level, out.Text, out.Since = "waits", "badge_offline", p.clock(s.Since)
	}
	for _, d := range s.Devices {
		if d.Fault || !d.Online && !d.Since.IsZero() {
			out.Devices = append(out.Devices, d)
		}
	}
	return out
}
