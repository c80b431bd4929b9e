//go:build !linux

package evdev

import "errors"

var errElsewhere = errors.New("keyboards are read on Linux only: set the scanner to its serial (COM) mode")

// ioctls have nobody to ask.
type ioctls struct{}

func (ioctls) grab(uintptr) error           { return errElsewhere }
func (ioctls) down(uintptr) ([]byte, error) { return nil, errElsewhere }
func (ioctls) caps(uintptr) (bool, error)   { return false, errElsewhere }
