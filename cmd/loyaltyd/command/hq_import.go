package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

func hqImportCommand(c *console) *cobra.Command {
	var keyFile string
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Make an empty headquarters the one that \"hq retire\" wrote FILE of; on SQLite or --database",
		Long: `Reads only a file of "hq retire", whole or not at all, into a folder, and a database where one is named, that hold no
headquarters yet. It has the retired one's id and keys, so its tills know it and go on, and everything that it had. Then start
"loyaltyd hq", and set headquarters.url of each till to its address.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.hqImport(cmd.Context(), args[0], keyFile) },
	}
	command.Flags().StringVar(&keyFile, "key-file", "", "a `file` with the recovery key (default: asked for, or read from stdin)")
	return command
}

func (c *console) hqImport(ctx context.Context, file, keyFile string) (err error) {
	config, err := c.config()
	if err != nil {
		return err
	}
	from, err := os.Open(file)
	if err != nil {
		return exit.Fail(exit.Usage, "name a file that `loyaltyd hq retire` wrote", err)
	}
	defer from.Close()
	lock, err := sqlitedb.LockFolder(config.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := datadir.Look(config.DataDir).RefuseHeadquarters(); err != nil {
		return err
	}
	place, err := backups.OpenRestoring(filepath.Join(config.DataDir, "import"))
	if err != nil {
		return err
	}
	defer place.Discard()
	key, err := c.recoveryKey(keyFile)
	if err != nil {
		return err
	}
	manifest, err := place.Unpack(from, key, c.watch("reading the file"))
	if err != nil {
		return backups.CannotRestore(err, file)
	}
	done, err := place.TakeOver(ctx, manifest, datadir.HQOptions(config), c.watch)
	if err != nil {
		return cannotImport(err, file)
	}
	if c.json {
		return c.print(done)
	}
	fmt.Fprintf(c.out, "chain %s, incarnation %d: %d tills, %d entries\n", done.Chain, done.Incarnation, done.Terminals, done.Entries)
	fmt.Fprintln(c.talk, "now `loyaltyd hq`, and headquarters.url of each till: the address at which it is reached")
	return nil
}

// cannotImport says what to do about a file that cannot be taken over.
func cannotImport(err error, file string) error {
	switch {
	case errors.Is(err, backups.ErrNotRetired):
		err = exit.Fail(exit.Data, "`loyaltyd restore` puts a backup back; `loyaltyd hq retire` writes what can be imported", fmt.Errorf("import %s: %w", file, err))
	case errors.Is(err, custody.ErrNotEmpty):
		err = exit.Fail(exit.Data, "name an empty folder with --data, and an empty database with --database", fmt.Errorf("import %s: %w", file, err))
	case errors.Is(err, backup.ErrDamaged):
		return backups.CannotRestore(err, file)
	}
	return err
}
