package main

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"
)

// supervised tells the service manager how a daemon is: ready after its first
// turn, then its status, and while turns go on that it lives. Without a manager
// it tells nobody.
type supervised struct {
	// turn returns once everything that must move has moved. What hangs keeps
	// it from returning, and so the watchdog from being fed.
	turn   func(context.Context)
	status func(context.Context) string
	log    zerolog.Logger
}

// statusEvery is how often the status is told where no watchdog asks more
// often.
const statusEvery = 30 * time.Second

// run tells until the context ends. That the daemon stops is told when asked
// ends: files that are opened again are no stop.
func (s supervised) run(ctx, asked context.Context) error {
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
			s.notify(state + "\nSTATUS=" + s.status(ctx))
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
func (s supervised) moves(ctx context.Context) bool {
	moved := make(chan struct{})
	go func() {
		s.turn(ctx)
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
func (s supervised) reloading() (done func()) {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // always there on Linux
	s.notify(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Nano()/1000))
	return func() { s.notify(daemon.SdNotifyReady) }
}

func (s supervised) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.log.Warn().Err(err).Msg("service manager not told")
	}
}
