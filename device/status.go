package device

import "strings"

// PrinterStatus is what a printer last said of itself. The zero PrinterStatus is
// unknown: it was not asked yet, or never answers, as many cables and cheap
// printers do; such a printer is used as if all were well.
type PrinterStatus struct {
	Known      bool // it answered; else all others are false
	RecEmpty   bool // the receipt paper is at its end
	RecNearEnd bool // the receipt paper is near its end, where there is a sensor
	CoverOpen  bool
	Offline    bool // it prints nothing now: for one of the above, or its own reasons
}

// Err returns why a printer with this status prints nothing: ErrCoverOpen,
// ErrNoPaper or ErrOffline. Nil means that it prints, as far as is known.
func (s PrinterStatus) Err() error {
	switch {
	case s.CoverOpen: // first: without the cover no paper is seen either
		return ErrCoverOpen
	case s.RecEmpty:
		return ErrNoPaper
	case s.Offline:
		return ErrOffline
	}
	return nil
}

// String is for logs: "ready", "unknown", or what is the matter.
func (s PrinterStatus) String() string {
	if !s.Known {
		return "unknown"
	}
	var matters []string
	for _, m := range []struct {
		holds bool
		name  string
	}{
		{s.CoverOpen, "cover open"},
		{s.RecEmpty, "paper empty"},
		{s.RecNearEnd && !s.RecEmpty, "paper near end"},
		{s.Offline, "offline"},
	} {
		if m.holds {
			matters = append(matters, m.name)
		}
	}
	if matters == nil {
		return "ready"
	}
	return strings.Join(matters, ", ")
}
