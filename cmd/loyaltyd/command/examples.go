package command

import (
	"strings"

	"github.com/spf13/cobra"
)

// examples are command lines as somebody keys them, by the command that they are of.
var examples = map[string]string{
	"backup": `loyaltyd backup
loyaltyd backup --to /media/stick`,
	"backup init": `loyaltyd backup init --target /media/stick`,
	"clock accept": `loyaltyd clock accept
loyaltyd clock accept --data /var/lib/loyaltyd-hq`,
	"config check":    `loyaltyd config check /etc/loyaltyd/loyaltyd.yaml`,
	"day close":       `loyaltyd day close yesterday`,
	"devices explain": `loyaltyd devices explain ']C180185201234567893'`,
	"devices test":    `loyaltyd devices test /dev/ttyUSB0 --as scanner --baud 9600`,
	"enroll":          `loyaltyd enroll 'https://hq.example.com:7790/#FINGERPRINT.SECRET'`,
	"hq": `loyaltyd hq --data /var/lib/loyaltyd-hq
loyaltyd hq --database postgres://loyaltyd@db.example.com/loyalty`,
	"hq code": `loyaltyd hq code --store 0012 --name "Till 1"
loyaltyd hq code --store 0012 --name Hub --hub`,
	"hq backed-up":   `loyaltyd hq backed-up postgres://loyaltyd@db.example.com/copy`,
	"hq evidence":    `loyaltyd hq evidence "Till 1" --day 2026-11-22 > evidence`,
	"hq fsck":        `loyaltyd hq fsck --json`,
	"hq import":      `loyaltyd hq import /media/stick/hq.age --key-file key.txt --data /var/lib/loyaltyd-hq`,
	"hq key rotate":  `loyaltyd hq key rotate`,
	"hq rebuild":     `loyaltyd hq rebuild --check`,
	"hq release":     `loyaltyd hq release "Till 1" --manager 9`,
	"hq restored":    `loyaltyd hq restored --go-on`,
	"hq retire":      `loyaltyd hq retire --to /media/stick`,
	"hq rights":      `loyaltyd hq rights --terminal "Till 1"`,
	"hq store set":   `loyaltyd hq store set 0012 --name "Kadıköy" --program gold`,
	"hq terminals":   `loyaltyd hq terminals --json`,
	"hub":            `loyaltyd hub --data /var/lib/loyaltyd-hub`,
	"member adjust":  `loyaltyd member adjust 05321234567 --amount +50 --reason "torn bag" --operator 7`,
	"member confirm": `loyaltyd member confirm 05321234567 --sale a41af246174b --reason "showed her passport"`,
	"member erase":   `loyaltyd member erase 05321234567 --reason "she asked" --manager 9`,
	"member export":  `loyaltyd member export 05321234567 > her.json`,
	"member history": `loyaltyd member history 05321234567 --last 10`,
	"member import": `loyaltyd member import members.csv --dry-run
loyaltyd member import members.csv --manager 9`,
	"member merge":       `loyaltyd member merge 05321234567 05329876543 --reason "a new number" --manager 9`,
	"member segment add": `loyaltyd member segment add vip 05321234567 --reason "spring drive"`,
	"member show":        `loyaltyd member show 05321234567`,
	"members export":     `loyaltyd members export > balances.csv`,
	"operator add": `loyaltyd operator add 9 --name Zeynep --role manager
loyaltyd operator add 7 --name Ali --phone 05321112233`,
	"program check":   `loyaltyd program check gold.yaml`,
	"program diff":    `loyaltyd program diff gold-1.yaml gold-2.yaml`,
	"program publish": `loyaltyd program publish gold.yaml --another`,
	"program stop":    `loyaltyd program stop double --reason "it was too much"`,
	"program test":    `loyaltyd program test stories.yaml`,
	"report day": `loyaltyd report day yesterday
loyaltyd report day 2026-11-22 --format csv`,
	"restore":          `loyaltyd restore /media/stick/shop.age --to /var/lib/loyaltyd --key-file key.txt`,
	"status":           `loyaltyd status --json`,
	"terminal replace": `loyaltyd terminal replace "Till 1"`,
	"verify": `loyaltyd verify
loyaltyd verify --evidence evidence`,
}

// giveExamples puts them where help and manual show them.
func giveExamples(root *cobra.Command) {
	for path, lines := range examples {
		command, _, err := root.Find(strings.Fields(path))
		if err != nil || command.CommandPath() != root.Name()+" "+path {
			panic("examples of a command that is not: " + path)
		}
		command.Example = "  " + strings.ReplaceAll(lines, "\n", "\n  ")
	}
}
