// Package headquarters is a chain's headquarters as a value: the daemon of `loyaltyd
// hq`, or what a till carries inside itself, and all that either is asked at its
// desk. What headquarters knows is known to hq.
package headquarters

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// Local is a chain's headquarters in this process: the one of
// `loyaltyd hq`, or the one a till carries inside itself.
type Local struct {
	*hq.Headquarters
	config  configs.Config
	log     zerolog.Logger
	handler http.Handler
	own     ledger.StoreID // of the till that carries it; empty for `loyaltyd hq`

	address atomic.Pointer[net.TCPAddr] // where it listens; nil where it does not
}

// OpenOwn opens the headquarters that a till of a store carries.
func OpenOwn(ctx context.Context, config configs.Config, log zerolog.Logger, store ledger.StoreID, program *loyalty.Program, problem error) (*Local, error) {
	h := &Local{config: config, log: log, own: store}
	return h, h.openDatabase(ctx, program, problem)
}

// Do implements hqsync.Transport.
func (h *Local) Do(ctx context.Context, request hqsync.Request) (hqsync.Answer, error) {
	return hqsync.InProcess{Handler: h.handler}.Do(ctx, request)
}

// openDatabase opens or makes the headquarters in the data folder, which the
// caller has locked. The configured program is the chain's first, or is
// published as its next; where it cannot be, for the given problem or another,
// the one that was stays, if there is one.
func (h *Local) openDatabase(ctx context.Context, configured *loyalty.Program, problem error) (err error) {
	options := datadir.HQOptions(h.config)
	options.Program, options.Notify = configured, h.notify
	if h.Headquarters, err = hq.Open(ctx, options); err != nil {
		return err
	}
	h.handler = h.Handler()
	if err := h.publishConfigured(ctx, configured, problem); err != nil {
		return errors.Join(err, h.Headquarters.Close())
	}
	return nil
}

func (h *Local) publishConfigured(ctx context.Context, configured *loyalty.Program, problem error) error {
	if problem == nil && h.config.ProgramFile == "" {
		return nil
	}
	if problem == nil {
		problem = h.Publish(ctx, configured.Source(), h.config.ProgramFile)
	}
	if problem == nil {
		return nil
	}
	published, _, err := h.Programs(ctx)
	if err != nil {
		return err
	}
	if len(published) == 0 {
		return problem
	}
	h.log.Error().Err(problem).Msg("program_file is not published: the program that was stays")
	return nil
}

// notify writes what a person should hear of into the diary.
func (h *Local) notify(e event.Event) {
	line := h.log.Warn()
	if !e.Terminal.IsZero() {
		line = line.Stringer("terminal_id", e.Terminal)
	}
	if !e.Entry.IsZero() {
		line = line.Stringer("entry_id", e.Entry)
	}
	if !e.Right.IsZero() {
		line = line.Stringer("right_id", e.Right)
	}
	if e.Account != "" {
		line = line.Str("account", e.Account)
	}
	if e.Amount != 0 {
		line = line.Int64("amount", int64(e.Amount))
	}
	if e.Worth != 0 {
		line = line.Int64("worth_minor", int64(e.Worth))
	}
	if e.Rule != "" {
		line = line.Str("rule", e.Rule).Str("operator", e.Operator)
	}
	if e.Reason != "" {
		line = line.Str("reason", e.Reason)
	}
	line.Msg(e.What)
}

// Failed tells of a round of work that will be tried again.
func (h *Local) Failed(err error) { h.log.Error().Err(err).Msg("headquarters could not work") }

// listen opens the port for terminals.
func (h *Local) listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	h.address.Store(listener.Addr().(*net.TCPAddr))
	h.log.Info().Str("address", listener.Addr().String()).Msg("headquarters is open")
	return listener, nil
}

// publicURL is how terminals reach this headquarters, and what a person who
// carries it to one should know.
func (h *Local) publicURL() (url, note string, err error) {
	address := h.address.Load()
	switch {
	case address == nil && h.config.HQ.Listen == "":
		return "", "", exit.Fail(exit.Config, "set hq.listen, such as 0.0.0.0:7790, and start the till again",
			fmt.Errorf("this till's headquarters does not listen, so that no other till can reach it"))
	case address == nil:
		return "", "", exit.Fail(exit.Unavailable, "its log says why; is hq.listen an address of this machine, and free?",
			fmt.Errorf("headquarters could not listen at %s yet", h.config.HQ.Listen))
	case h.config.HQ.PublicURL != "":
		return h.config.HQ.PublicURL, "", nil
	}
	reached, note := ReachedAt(address)
	return "https://" + reached, note, nil
}
