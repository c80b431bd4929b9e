package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func hqRetireCommand(c *console) *cobra.Command {
	var to string
	var yes bool
	command := &cobra.Command{
		Use:   "retire --to FILE",
		Short: "End this folder's headquarters and write all of it to one file, for \"hq import\" elsewhere",
		Long: `For a shop that grows into a chain, or a headquarters that moves to PostgreSQL. The folder's daemon is stopped for it. From
then on nothing opens this headquarters again; a till in the folder goes on selling, and keeps what it sells until
headquarters.url leads it to where the file was imported. The file is encrypted to backup.recipient, as backups are. The
command may be repeated, to write the file to another place.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.hqRetire(cmd.Context(), to, yes) },
	}
	command.Flags().StringVar(&to, "to", "", "the `file` to write, or a folder to write it into")
	command.Flags().BoolVar(&yes, "yes", false, "retire it without asking")
	return command
}

// retired is `hq retire --json`.
type retired struct {
	backup.Saved
	Chain ledger.ChainID `json:"chain"`
}

func (c *console) hqRetire(ctx context.Context, to string, yes bool) (err error) {
	config, err := c.config()
	if err != nil {
		return err
	}
	f := lookAt(config.DataDir)
	switch {
	case to == "":
		return usage(errors.New("hq retire needs --to, a file to write"))
	case !f.headquarters() && !f.retired:
		return fail(exitUnavailable, "name the data folder with --data", fmt.Errorf("%s holds no headquarters", f.dir))
	}
	if err := mayBackUp(config, to, backupRecord{}); err != nil {
		return err
	}
	lock, err := sqlitedb.LockFolder(config.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if !yes {
		if err := c.confirm("Nothing will open this headquarters again but an import of the file. Retire it?"); err != nil {
			return err
		}
	}
	if err := hq.Retire(ctx, config.DataDir); err != nil {
		return err
	}
	done, err := c.writeRetired(ctx, config, to)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	c.tellRetired(done, f.key)
	return nil
}

// writeRetired writes the file of a headquarters that retired.
func (c *console) writeRetired(ctx context.Context, config configs.Config, to string) (done retired, err error) {
	lock, work, err := openWork(config.DataDir)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, closeWork(lock, work)) }()
	parts, err := collectRetired(ctx, config.DataDir, work, c.watch)
	if err != nil {
		return done, err
	}
	target, err := filepath.Abs(to)
	if err != nil {
		return done, err
	}
	path, _ := backupPath(target, parts)
	done.Chain = parts.manifest.Headquarters.Chain
	done.Saved, err = saveBackup(ctx, config, path, parts, c.watch("writing"))
	return done, err
}

// collectRetired takes the files of a headquarters that retired, checked, under the
// names that they had.
func collectRetired(ctx context.Context, dataDir, work string, watch progress) (*collected, error) {
	p := &collected{paths: map[string]string{}}
	p.manifest = backup.Manifest{Release: release, At: ledger.MillisOf(time.Now()), Retired: true}
	p.paths[hq.DatabaseFile] = filepath.Join(work, hq.DatabaseFile)
	if err := os.Link(filepath.Join(dataDir, hq.RetiredDatabaseFile), p.paths[hq.DatabaseFile]); err != nil {
		return nil, err
	}
	if err := p.copyKey(filepath.Join(dataDir, hq.RetiredKeyFile), work, hq.KeyFile); err != nil {
		return nil, err
	}
	state, _, err := checkHeadquarters(ctx, work, watch)
	if err != nil {
		return nil, err
	}
	p.manifest.Headquarters, p.name = state, state.Chain.String()
	return p, p.describe()
}

func (c *console) tellRetired(done retired, till bool) {
	fmt.Fprintln(c.out, done.Path)
	fmt.Fprintf(c.talk, "the headquarters is retired. Where the new one is to be: loyaltyd hq import FILE, with the recovery key; then `loyaltyd hq`.\n")
	if till {
		fmt.Fprintln(c.talk, "Its operators stay this till's: the new one's managers are added there. This till sells on, and sends what it sold once headquarters.url in its configuration names the new one.")
	}
	fmt.Fprintln(c.talk, "Every other till needs headquarters.url too. None is enrolled anew.")
	fmt.Fprintf(c.talk, "%s and %s stay here until somebody removes them, once the new one is at work.\n", hq.RetiredDatabaseFile, hq.RetiredKeyFile)
}
