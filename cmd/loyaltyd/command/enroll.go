package command

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

func enrollCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "enroll CODE", Short: "Make this machine a terminal of a store, with headquarters' one-time code",
		Args: oneCode,
		RunE: func(cmd *cobra.Command, args []string) error { return c.enroll(cmd.Context(), args[0]) },
	}
}

// oneCode wants the code: whoever begins here does not know which.
func oneCode(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return exit.Fail(exit.Usage, "`loyaltyd hq code --name \"Till 2\"` at headquarters, or on the till that is its own, shows one: https://host:port/#fingerprint.secret",
			errors.New("enroll needs headquarters' one-time code"))
	case 1:
		return nil
	}
	return exit.Fail(exit.Usage, "put the code between quotes", fmt.Errorf("enroll takes one code, and %d words were given", len(args)))
}

func (c *console) enroll(ctx context.Context, text string) (err error) {
	config, err := c.config()
	if err != nil {
		return err
	}
	code, err := wire.ParseEnrollmentCode(text)
	if err != nil {
		return exit.Fail(exit.Data, "", err)
	}
	lock, err := sqlitedb.LockFolder(config.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if id, is := terminalOf(ctx, config, code); is {
		return c.enrollAgain(ctx, config, id, code)
	}
	if err := c.refuseJoining(ctx, config); err != nil {
		return err
	}
	seed, err := datadir.EnrollmentSeed(config.DataDir)
	if err != nil {
		return err
	}
	id, err := enrollWith(ctx, code, seed)
	if err != nil {
		return enrollFailed(err)
	}
	if err := keys.WriteFile(datadir.KeyFile(config.DataDir), id); err != nil {
		return err
	}
	if err := datadir.FinishJoining(config.DataDir, id); err != nil {
		return err
	}
	return c.tellEnrolled(id)
}

func enrollFailed(err error) error {
	if refusal, ok := errors.AsType[*wire.Refusal](err); ok && refusal.Code == wire.CodeTaken {
		return exit.Fail(exit.Data, "", err) // which says what to do
	}
	return exit.Fail(exit.Unavailable, "is headquarters running, the code fresh, and typed as it was shown? the same command may be repeated", err)
}

func enrollWith(ctx context.Context, code wire.EnrollmentCode, seed []byte) (datadir.Identity, error) {
	transport := hqsync.NewHTTP(code.URL, hqsync.FingerprintOf(code.Fingerprint))
	defer transport.Close()
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	enrolled, err := hqsync.Enroll(ctx, transport, code, public, datadir.MachineFingerprint())
	if err != nil {
		return datadir.Identity{}, err
	}
	return datadir.NewIdentity(code, seed, enrolled), nil
}

func (c *console) tellEnrolled(id datadir.Identity) error {
	if c.json {
		return c.print(map[string]any{"terminal": id.Terminal, "name": id.Name, "store": id.Store})
	}
	fmt.Fprintf(c.out, "%s of store %s (%s) is enrolled as %s\n", id.Name, id.Store.ID, id.Store.Name, id.Terminal)
	if id.Hub {
		fmt.Fprintln(c.talk, "it is the store's hub: `loyaltyd hub` runs it, `loyaltyd hub status` prints what its tills have as hub.address")
	}
	return nil
}
