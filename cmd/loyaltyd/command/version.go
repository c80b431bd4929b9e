package command

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release"
)

func versionCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "The release, and what it was built with", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if c.json {
				return c.print(map[string]string{"release": release.Name, "go": runtime.Version()})
			}
			fmt.Fprintf(c.out, "loyaltyd %s (%s)\n", release.Name, runtime.Version())
			return nil
		},
	}
}
