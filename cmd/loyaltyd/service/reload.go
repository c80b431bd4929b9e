package service

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/configs"
)

// Reloading reads the configuration again while a daemon runs.
type Reloading struct {
	Read     func() (configs.Config, error)
	Files    []string // what it is read from
	InEffect configs.Config
	Diary    *diary
	Log      zerolog.Logger
	// Apply takes over what can change beside the diary's level; it may wait
	// for its moment. Nil where nothing else can.
	Apply func(configs.Config)
	// Manager is told.
	Manager Supervised
}

// Serve runs a daemon and reads its configuration again when asked.
// A signal that comes early waits; unheard, it would end the daemon.
func Serve(ctx context.Context, daemon interface{ Run(context.Context) error }, r *Reloading) error {
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
func (r *Reloading) run(ctx context.Context, asked <-chan os.Signal) {
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
func (r *Reloading) reload() {
	defer r.Manager.reloading()()
	config, err := r.Read()
	if err != nil {
		r.Log.Error().Err(err).Msg("configuration not reloaded: the one in effect stays")
		return
	}
	changed, restart := configs.Changes(r.InEffect, config)
	r.InEffect = r.InEffect.Reloaded(config)
	_ = r.Diary.setLevel(config.LogLevel) // it was checked
	if r.Apply != nil {
		r.Apply(r.InEffect)
	}
	line := r.Log.Info()
	if len(restart) > 0 {
		line = r.Log.Warn().Strs("needs_restart", restart)
	}
	line.Strs("changed", changed).Msg("configuration reloaded")
}
