// Command loyaltyd is the loyalty system of a checkout that keeps working
// when the network does not: the terminal, headquarters, and what looks after
// them. What it does is in the folders below; they alone read configuration.
package main

import (
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
)

func main() { command.Main() }
