// Package service is what every daemon is to the machine that it runs on: ready or
// stuck, for the service manager; its diary; a configuration that is read again; and
// memory that it gives back.
package service

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"
)

// Supervised tells the service manager how a daemon is: ready after its first
// turn, then its status, and while turns go on that it lives. Without a manager
// it tells nobody.
type Supervised struct {
	// Turn returns once everything that must move has moved. What hangs keeps
	// it from returning, and so the watchdog from being fed.
	Turn   func(context.Context)
	Status func(context.Context) string
	Log    zerolog.Logger
}

// statusEvery is how often the status is told where no watchdog asks more
// often.
const statusEvery = 30 * time.Second

// Run tells until the context ends. That the daemon stops is told when asked
// ends: files that are opened again are no stop.
func (s Supervised) Run(ctx, asked context.Context) error {
	within, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return fmt.Errorf("read watchdog's interval: %w", err)
	}
	every := statusEvery
	if within > 0 {
		every = min(every, within/2)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for state := daemon.SdNotifyReady; ; state = daemon.SdNotifyWatchdog {
		if s.moves(ctx) {
			s.notify(state + "\nSTATUS=" + s.Status(ctx))
		}
		select {
		case <-ctx.Done():
			if asked.Err() != nil {
				s.notify(daemon.SdNotifyStopping)
			}
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// moves waits for a turn. One that does not come back is left behind when the
// context ends: its goroutine is what hangs.
func (s Supervised) moves(ctx context.Context) bool {
	moved := make(chan struct{})
	go func() {
		s.Turn(ctx)
		close(moved)
	}()
	select {
	case <-moved:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// reloading says that the configuration is read again; the manager wants to
// know since when, and hears of the end by done.
func (s Supervised) reloading() (done func()) {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // always there on Linux
	s.notify(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Nano()/1000))
	return func() { s.notify(daemon.SdNotifyReady) }
}

func (s Supervised) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.Log.Warn().Err(err).Msg("service manager not told")
	}
}
