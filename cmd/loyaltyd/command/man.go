package command

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release"
)

// manCommand writes the manual for a package; people read it with man(1).
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Short: "Write the manual pages into a folder", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // it would have the day it was built on
			return doc.GenManTree(root, &doc.GenManHeader{Title: "LOYALTYD", Section: "1", Source: "loyaltyd " + release.Name}, args[0])
		},
	}
}
