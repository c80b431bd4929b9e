package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
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

func (c *console) hqRetire(ctx context.Context, to string, yes bool) (err error) {
	config, err := c.config()
	if err != nil {
		return err
	}
	f := datadir.Look(config.DataDir)
	switch {
	case to == "":
		return usage(errors.New("hq retire needs --to, a file to write"))
	case !f.Headquarters() && !f.Retired:
		return exit.Fail(exit.Unavailable, "name the data folder with --data", fmt.Errorf("%s holds no headquarters", f.Dir))
	}
	if err := backups.MayMake(config, to, backups.Record{}); err != nil {
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
	if err := custody.Retire(ctx, config.DataDir); err != nil {
		return err
	}
	done, err := backups.WriteRetired(ctx, config, to, c.watch)
	if err != nil {
		return exit.OnInterrupt(err, "it is retired, and its file is not written: give the command again")
	}
	if c.json {
		return c.print(done)
	}
	c.tellRetired(done, f.Key)
	return c.tellOldBackups(config)
}

func (c *console) tellRetired(done backups.Retired, till bool) {
	fmt.Fprintln(c.out, done.Path)
	fmt.Fprintf(c.talk, "the headquarters is retired. Where the new one is to be: loyaltyd hq import FILE, with the recovery key; then `loyaltyd hq`.\n")
	if till {
		fmt.Fprintln(c.talk, "Its operators stay this till's: the new one's managers are added there. This till sells on, and sends what it sold once headquarters.url in its configuration names the new one.")
	}
	fmt.Fprintln(c.talk, "Every other till needs headquarters.url too. None is enrolled anew.")
	fmt.Fprintf(c.talk, "%s and %s stay here until somebody removes them, once the new one is at work. They, and the file, have who is erased from then on.\n", custody.RetiredDatabaseFile, custody.RetiredKeyFile)
}

// tellOldBackups names what still opens this headquarters' backups to people: the new
// one does not reach it.
func (c *console) tellOldBackups(config configs.Config) error {
	last, err := backups.ReadRecord(config.DataDir)
	for _, path := range last.Persons {
		fmt.Fprintf(c.talk, "%s opens the backups made here to people, also to who is erased from now on: remove it once the new headquarters has a backup of its own\n", path)
	}
	return err
}
