package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/configs"
)

// reloading reads the configuration again while a daemon runs.
type reloading struct {
	read     func() (configs.Config, error)
	files    []string // what it is read from
	inEffect configs.Config
	diary    *diary
	log      zerolog.Logger
	// apply takes over what can change beside the diary's level; it may wait
	// for its moment. Nil where nothing else can.
	apply func(configs.Config)
	// manager is told.
	manager supervised
}

// serveReloading runs a daemon and reads its configuration again when asked.
// A signal that comes early waits; unheard, it would end the daemon.
func serveReloading(ctx context.Context, daemon interface{ Run(context.Context) error }, r *reloading) error {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	rereading, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.run(rereading, asked)
	}()
	err := daemon.Run(ctx)
	stop()
	<-ended
	return err
}

// run reads when asked until the context ends.
func (r *reloading) run(ctx context.Context, asked <-chan os.Signal) {
	for {
		select {
		case <-asked:
			r.reload()
		case <-ctx.Done():
			return
		}
	}
}

// reload takes a new configuration over, or says why the old one stays.
func (r *reloading) reload() {
	defer r.manager.reloading()()
	config, err := r.read()
	if err != nil {
		r.log.Error().Err(err).Msg("configuration not reloaded: the one in effect stays")
		return
	}
	changed, restart := configs.Changes(r.inEffect, config)
	r.inEffect = r.inEffect.Reloaded(config)
	_ = r.diary.setLevel(config.LogLevel) // it was checked
	if r.apply != nil {
		r.apply(r.inEffect)
	}
	line := r.log.Info()
	if len(restart) > 0 {
		line = r.log.Warn().Strs("needs_restart", restart)
	}
	line.Strs("changed", changed).Msg("configuration reloaded")
}
