package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func versionCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "The release, and what it was built with", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if c.json {
				return c.print(map[string]string{"release": release, "go": runtime.Version()})
			}
			fmt.Fprintf(c.out, "loyaltyd %s (%s)\n", release, runtime.Version())
			return nil
		},
	}
}
