package main

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
)

// sightings are what the daemon last saw of its devices and of headquarters.
type sightings struct {
	began time.Time

	mu      sync.Mutex
	devices map[string]deviceState
	reach   reach
}

// deviceState is how a device was seen last.
type deviceState struct {
	Name   string     `json:"name"`
	Online bool       `json:"online"`
	Since  *time.Time `json:"since"`            // null where nothing was seen yet
	Why    string     `json:"why,omitempty"`    // it is offline
	Status string     `json:"status,omitempty"` // what a printer says of itself
}

// reach is whether headquarters answers.
type reach struct {
	Reached bool       `json:"reached"`
	Since   *time.Time `json:"since"`         // null before the first try ended
	Why     string     `json:"why,omitempty"` // it is not reached
}

func newSightings(config configs.Config) *sightings {
	s := &sightings{began: time.Now(), devices: make(map[string]deviceState)}
	expect := func(name string) { s.devices[name] = deviceState{Name: name} }
	for _, c := range config.Keypads {
		expect(c.Name)
	}
	for _, c := range config.Scanners {
		expect(c.Name)
	}
	for _, c := range config.Displays {
		expect(c.Name)
	}
	for _, c := range config.Printers {
		expect(c.Name)
	}
	return s
}

// device notes what an event says of a device's state.
func (s *sightings) device(e device.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.devices[e.Device]
	state.Name = e.Device
	switch e.Kind {
	case device.Online:
		state = deviceState{Name: e.Device, Online: true, Since: &e.At}
	case device.Offline:
		state = deviceState{Name: e.Device, Since: &e.At}
		if e.Err != nil {
			state.Why = e.Err.Error()
		}
	case device.StatusUpdate:
		state.Status = e.Status.String()
	default:
		return
	}
	s.devices[e.Device] = state
}

// headquarters notes that it is reached, or no longer and why.
func (s *sightings) headquarters(err error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reach = reach{Reached: err == nil, Since: &now}
	if err != nil {
		s.reach.Why = err.Error()
	}
}

func (s *sightings) reached() reach {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reach
}

// all returns every device, by name.
func (s *sightings) all() []deviceState {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]deviceState, 0, len(s.devices))
	for _, state := range s.devices {
		states = append(states, state)
	}
	slices.SortFunc(states, func(a, b deviceState) int { return strings.Compare(a.Name, b.Name) })
	return states
}

// words tell a device's state.
func (d deviceState) words() string {
	switch {
	case d.Since == nil:
		return "not seen yet"
	case !d.Online:
		return "offline since " + d.Since.Local().Format(time.DateTime) + ": " + d.Why
	case d.Status != "":
		return "online, " + d.Status
	}
	return "online"
}
