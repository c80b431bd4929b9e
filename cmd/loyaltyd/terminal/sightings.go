package terminal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// sightings are what the daemon last saw of its devices and of headquarters.
type sightings struct {
	began time.Time

	mu      sync.Mutex
	devices map[string]DeviceState
	reach   Reach
	fenced  *wire.Fencing // why; nil where that was not heard
}

// DeviceState is how a device was seen last.
type DeviceState struct {
	Name   string     `json:"name"`
	Kind   string     `json:"kind"` // keypad, scanner, display, printer
	Online bool       `json:"online"`
	Since  *time.Time `json:"since"`            // null where nothing was seen yet
	Why    string     `json:"why,omitempty"`    // it is offline
	Status string     `json:"status,omitempty"` // what a printer says of itself
	Fault  bool       `json:"fault,omitempty"`  // as long as it says so, nothing is printed
	// Problem is what was last the matter, also where it is over.
	Problem *deviceProblem `json:"last_problem,omitempty"`
}

// deviceProblem is something that was the matter with a device.
type deviceProblem struct {
	What string    `json:"what"`
	At   time.Time `json:"at"`
}

// Reach is whether headquarters answers.
type Reach struct {
	Reached bool       `json:"reached"`
	Since   *time.Time `json:"since"`         // null before the first try ended
	Why     string     `json:"why,omitempty"` // it is not reached
	// Unknown says that it answers, and does not know this till (anymore).
	Unknown bool `json:"unknown_terminal,omitempty"`
}

func newSightings(config configs.Config) *sightings {
	s := &sightings{began: time.Now(), devices: make(map[string]DeviceState)}
	expect := func(kind, name string) { s.devices[name] = DeviceState{Name: name, Kind: kind} }
	for _, c := range config.Keypads {
		expect("keypad", c.Name)
	}
	for _, c := range config.Scanners {
		expect("scanner", c.Name)
	}
	for _, c := range config.Displays {
		expect("display", c.Name)
	}
	for _, c := range config.Printers {
		expect("printer", c.Name)
	}
	return s
}

// device notes what an event says of a device's state.
func (s *sightings) device(e device.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices[e.Device] = s.devices[e.Device].After(e)
}

// After is the state once an event has come.
func (d DeviceState) After(e device.Event) DeviceState {
	d.Name = e.Device
	switch e.Kind {
	case device.Online:
		d.Online, d.Since, d.Why, d.Status, d.Fault = true, &e.At, "", "", false
	case device.Offline:
		d.Online, d.Since, d.Why, d.Status, d.Fault = false, &e.At, "", "", false
		if e.Err != nil {
			d.Why = e.Err.Error()
		}
		d.Problem = &deviceProblem{"offline: " + d.Why, e.At}
	case device.Misread:
		d.Problem = &deviceProblem{"misread: " + e.Err.Error(), e.At}
	case device.StatusUpdate:
		d.Status, d.Fault = e.Status.String(), e.Status.Err() != nil
		if d.Fault {
			d.Problem = &deviceProblem{d.Status, e.At}
		}
	}
	return d
}

// headquarters notes that it is reached, or no longer and why.
func (s *sightings) headquarters(err error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reach = Reach{Reached: err == nil, Since: &now, Unknown: errors.Is(err, hqsync.ErrUnknown)}
	if err != nil {
		s.reach.Why = err.Error()
	}
}

func (s *sightings) fencing(why wire.Fencing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fenced = &why
}

func (s *sightings) whyFenced() *wire.Fencing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fenced
}

func (s *sightings) reached() Reach {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reach
}

// all returns every device, by name.
func (s *sightings) all() []DeviceState {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]DeviceState, 0, len(s.devices))
	for _, state := range s.devices {
		states = append(states, state)
	}
	slices.SortFunc(states, func(a, b DeviceState) int { return strings.Compare(a.Name, b.Name) })
	return states
}

// Words tell a device's state.
func (d DeviceState) Words(zone *time.Location) string {
	switch {
	case d.Since == nil:
		return "not seen yet"
	case !d.Online:
		return "offline since " + stamp.At(*d.Since, zone) + ": " + d.Why
	case d.Status != "":
		return "online, " + d.Status
	}
	return "online"
}

// Words say whether headquarters answers.
func (r Reach) Words(zone *time.Location) string {
	switch {
	case r.Since == nil:
		return "headquarters is being asked for the first time"
	case r.Reached:
		return "headquarters answers since " + stamp.At(*r.Since, zone)
	}
	return fmt.Sprintf("headquarters does not answer since %s: %s", stamp.At(*r.Since, zone), r.Why)
}
