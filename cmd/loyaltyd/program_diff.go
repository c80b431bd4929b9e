package main

import "github.com/spf13/cobra"

func programDiffCommand(c *console) *cobra.Command {
	return &cobra.Command{Use: "diff OLD NEW", Short: "What changes from one version to another", Args: cobra.ExactArgs(2)}
}
