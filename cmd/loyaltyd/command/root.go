// Package command is what loyaltyd is told to do: the commands, what they print, and
// how they ask daemons or look into folders beside them.
package command

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
)

// console is what every command has: where results and talk go, and the flags
// they share.
type console struct {
	out, talk io.Writer
	in        io.Reader
	typed     io.Reader // in, until somebody interrupts
	bar       bool      // stands on the talk's last line, half drawn
	json      bool
	files     []string
	dataDir   string
	database  string
	zone      *time.Location // of the times that are shown, once the configuration is loaded
}

// Run executes a command line and returns its exit code.
func Run(ctx context.Context, args []string, in io.Reader, out, talk io.Writer) int {
	told := &results{Writer: out}
	c := &console{out: told, talk: talk, in: in, typed: untilInterrupted(ctx, in)}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(told)
	root.SetErr(talk)
	ran, err := root.ExecuteContextC(ctx)
	err = explain(ran, err)
	if err == nil && told.err != nil {
		err = fmt.Errorf("write results: %w", told.err)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = exit.Fail(exit.Interrupted, cmp.Or(exit.Hint(err), "give the command again"), errors.New("interrupted"))
		c.bar = c.bar || isTerminal(talk) // it shows ^C
	}
	if c.bar {
		fmt.Fprintln(talk)
	}
	return exit.Tell(talk, err)
}

const about = `The daemon of a checkout terminal (run), its headquarters (hq), a store's hub (hub), and the tools that look after them.

Configuration is read from /etc/loyaltyd/*.yaml; "loyaltyd config init" writes the first file, in which every key is
explained. A flag goes before a LOYALTYD_ variable, that before the file. Journal, directory and keys are kept in
/var/lib/loyaltyd, mode 0700, one daemon per folder.

Results go to standard output, everything else to standard error; --json gives results to machines: counts and amounts are
integers, money in minor units, an instant is in RFC 3339, or where its name ends in _ms in milliseconds since 1970. Exit
codes are those of sysexits(3): 64 wrong usage, 65 wrong data, 69 somebody is not there, 70 our own mistake, 74 the disk,
75 another daemon holds the folder, 77 not allowed, 78 wrong configuration; 1 where a command ran and its answer is no;
130 where it was interrupted (Ctrl+C, SIGTERM).`

func (c *console) root() *cobra.Command {
	root := &cobra.Command{
		Use: "loyaltyd", Short: "Loyalty at the checkout, with or without a network", Long: about,
		SilenceUsage: true, SilenceErrors: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.BoolVar(&c.json, "json", false, "results as JSON")
	flags.StringSliceVar(&c.files, "config", nil, "configuration `file` (default /etc/loyaltyd/*.yaml)")
	flags.StringVar(&c.dataDir, "data", "", "data `folder` (default data_dir of the configuration)")
	flags.StringVar(&c.database, "database", "", "headquarters' PostgreSQL database, a `URL` (default hq.database of the configuration, else hq.db in the folder)")
	_ = root.MarkPersistentFlagDirname("data") // the flag is there
	root.SetFlagErrorFunc(misspelt)
	root.AddCommand(
		runCommand(c), checkoutCommand(c), hqCommand(c), hubCommand(c), enrollCommand(c), demoCommand(c), statusCommand(c), verifyCommand(c),
		memberCommand(c), membersCommand(c), terminalCommand(c), operatorCommand(c), reportCommand(c), dayCommand(c), clockCommand(c), syncCommand(c), devicesCommand(c), doctorCommand(c),
		programCommand(c), configCommand(c), backupCommand(c), restoreCommand(c),
		versionCommand(c), manCommand(),
	)
	giveExamples(root)
	refuseStrayArguments(root)
	return root
}

// systemFiles are read where --config names none.
const systemFiles = "/etc/loyaltyd/*.yaml"

// configFiles are the files to read.
func (c *console) configFiles() ([]string, error) {
	if len(c.files) > 0 {
		return c.files, nil
	}
	return filepath.Glob(systemFiles)
}

// config loads the configuration, with --data on top.
func (c *console) config() (configs.Config, error) {
	loaded, err := c.loadConfig()
	return loaded.Config, err
}

// print writes a value as JSON.
func (c *console) print(value any) error {
	enc := json.NewEncoder(c.out)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}
