package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

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
		return fail(exitUsage, "`loyaltyd hq code --name \"Till 2\"` at headquarters, or on the till that is its own, shows one: https://host:port/#fingerprint.secret",
			errors.New("enroll needs headquarters' one-time code"))
	case 1:
		return nil
	}
	return fail(exitUsage, "put the code between quotes", fmt.Errorf("enroll takes one code, and %d words were given", len(args)))
}

func (c *console) enroll(ctx context.Context, text string) (err error) {
	config, err := c.config()
	if err != nil {
		return err
	}
	code, err := wire.ParseEnrollmentCode(text)
	if err != nil {
		return fail(exitData, "", err)
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
	seed, err := enrollmentSeed(config.DataDir)
	if err != nil {
		return err
	}
	id, err := enrollWith(ctx, code, seed)
	if err != nil {
		return enrollFailed(err)
	}
	if err := keys.WriteFile(keyFile(config.DataDir), id); err != nil {
		return err
	}
	if err := finishJoining(config.DataDir, id); err != nil {
		return err
	}
	return c.tellEnrolled(id)
}

func enrollFailed(err error) error {
	return fail(exitUnavailable, "is headquarters running, the code fresh, and typed as it was shown? the same command may be repeated", err)
}

func enrollmentSeed(dir string) ([]byte, error) {
	var kept enrolling
	err := keys.ReadFile(seedFile(dir), &kept)
	if !errors.Is(err, fs.ErrNotExist) {
		return kept.Seed, err
	}
	kept.Seed = make([]byte, ed25519.SeedSize)
	rand.Read(kept.Seed) // never fails
	return kept.Seed, keys.WriteFile(seedFile(dir), kept)
}

func enrollWith(ctx context.Context, code wire.EnrollmentCode, seed []byte) (identity, error) {
	transport := hqsync.NewHTTP(code.URL, hqsync.FingerprintOf(code.Fingerprint))
	defer transport.Close()
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	enrolled, err := hqsync.Enroll(ctx, transport, code, public, machineFingerprint())
	if err != nil {
		return identity{}, err
	}
	return newIdentity(code, seed, enrolled), nil
}

func (c *console) tellEnrolled(id identity) error {
	if c.json {
		return c.print(map[string]any{"terminal": id.Terminal, "name": id.Name, "store": id.Store})
	}
	fmt.Fprintf(c.out, "%s of store %s (%s) is enrolled as %s\n", id.Name, id.Store.ID, id.Store.Name, id.Terminal)
	if id.Hub {
		fmt.Fprintln(c.talk, "it is the store's hub: `loyaltyd hub` runs it, `loyaltyd hub status` prints what its tills have as hub.address")
	}
	return nil
}
