package command

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// terminalOf returns the terminal of a folder whose headquarters a code is of.
func terminalOf(ctx context.Context, config configs.Config, code wire.EnrollmentCode) (datadir.Identity, bool) {
	if !datadir.Look(config.DataDir).Key {
		return datadir.Identity{}, false
	}
	id, err := datadir.ReadIdentity(config.DataDir)
	return id, err == nil && !id.Own() && heardKeys(ctx, config, id).HasFingerprint(code.Fingerprint)
}

// heardKeys are headquarters' keys as the till knows them; the pinned one alone where
// its journal cannot be read, or there is none yet.
func heardKeys(ctx context.Context, config configs.Config, id datadir.Identity) ledger.KeyChain {
	pinned := ledger.NewKeyChain(id.Chain, id.PublicKey)
	view, _, err := datadir.OpenView(ctx, config)
	if err != nil {
		return pinned
	}
	defer view.Close()
	line, err := datadir.KeyLine(ctx, view, id)
	if err != nil {
		return pinned
	}
	return line
}

// enrollAgain makes a terminal known to a headquarters that has forgotten it.
func (c *console) enrollAgain(ctx context.Context, config configs.Config, id datadir.Identity, code wire.EnrollmentCode) error {
	fenced, err := isFenced(ctx, config)
	if err != nil {
		return err
	}
	if fenced {
		return exit.Fail(exit.Data, "enroll this machine anew, in a new folder", fmt.Errorf("the till of %s is shut out for ever", config.DataDir))
	}
	lookup, err := base64.RawURLEncoding.DecodeString(id.LookupKey)
	if err != nil {
		return err
	}
	transport := hqsync.NewHTTP(code.URL, hqsync.FingerprintOf(code.Fingerprint))
	defer transport.Close()
	enrolled, err := hqsync.EnrollAgain(ctx, transport, code, id.Exchanging(), lookup)
	if refusal, ok := errors.AsType[*wire.Refusal](err); ok && refusal.Code == wire.CodeInvalid {
		return exit.Fail(exit.Data, "use another data folder for another terminal", fmt.Errorf("%s holds a terminal already: %s", config.DataDir, refusal.Detail))
	}
	if err != nil {
		return enrollFailed(err)
	}
	id = datadir.NewIdentity(code, id.Seed, enrolled)
	if err := keys.WriteFile(datadir.KeyFile(config.DataDir), id); err != nil {
		return err
	}
	if !c.json {
		fmt.Fprintln(c.talk, "headquarters knows this till again; it sends all that it has once its daemon runs, or with `loyaltyd sync now`")
	}
	return c.tellEnrolled(id)
}

func isFenced(ctx context.Context, config configs.Config) (bool, error) {
	view, _, err := datadir.OpenView(ctx, config)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // it was never started
	}
	if err != nil {
		return false, err
	}
	defer view.Close()
	st, err := view.Status(ctx)
	return st.Fenced, err
}
