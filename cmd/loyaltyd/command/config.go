package command

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/configs"
)

func configCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "config", Short: "The configuration: make one, check it, see what is in effect", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(configCheckCommand(c), configPrintCommand(c), configInitCommand(c))
	return command
}

// loadConfig loads the configuration with --data and --database on top, and where each value
// came from.
func (c *console) loadConfig() (configs.Loaded, error) {
	files, err := c.configFiles()
	if err != nil {
		return configs.Loaded{}, err
	}
	flags := map[string]string{}
	if c.dataDir != "" {
		flags["data_dir"] = c.dataDir
	}
	if c.database != "" {
		flags["hq.database"] = c.database
	}
	loaded, err := configs.Load(files, flags)
	if c.zone = time.Local; err == nil {
		c.zone = datadir.ZoneOf(loaded.DataDir)
	}
	return loaded, err
}
