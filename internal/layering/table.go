package layering

import "path"

// Row is one package of the house.
type Row struct {
	Package string // folder; the last part may be *, for children
	Imports string // what it may import of this module, with * likewise; "anything" for the top
}

// house is all that the parts of the program may use of the floors below them; its
// order is theirs.
const house = "ledger ledger/* device device/* internal/* loyalty loyalty/* staff offline receipt receipt/* report report/* configs " +
	"sync sync/* checkout checkout/* hub hq hq/* api api/*"

// Table is the house as the design has it, floor by floor.
var Table = []Row{
	// facts, devices, tools
	{"ledger", ""},
	{"ledger/appcode", "ledger"},
	{"device", ""},
	{"device/*", "device"},
	{"device/display", "device internal/latin"},
	{"internal/folder", ""},
	{"internal/database", ""},
	{"internal/database/databasetest", "internal/database"},
	{"internal/sqlitedb", "internal/database internal/folder"},
	{"internal/postgres", "internal/database"},
	{"internal/postgres/postgrestest", ""},
	{"internal/keys", "internal/folder"},
	{"internal/pin", ""},
	{"internal/page", ""},
	{"internal/advice", ""},
	{"internal/latin", ""},
	{"internal/connections", ""},
	{"internal/backup", "ledger internal/keys"},
	// promises
	{"loyalty", "ledger loyalty/condition loyalty/yamlfile internal/advice"},
	{"loyalty/condition", "ledger internal/advice"},
	{"loyalty/yamlfile", "ledger internal/advice"},
	{"loyalty/scenario", "ledger loyalty loyalty/yamlfile"},
	{"loyalty/phone", ""},
	{"staff", "ledger internal/keys internal/pin"},
	// the till's parts
	{"offline", "ledger loyalty internal/sqlitedb internal/keys internal/pin internal/folder"},
	{"receipt", "ledger loyalty"},
	{"receipt/raster", ""},
	{"receipt/escpos", "ledger loyalty receipt receipt/raster internal/latin"},
	{"report", "ledger loyalty"},
	{"report/*", "ledger loyalty report"},
	{"configs", "ledger loyalty internal/advice"},
	{"sync", "ledger sync/wire"},
	{"sync/wire", "ledger sync/wire/columns"},
	{"sync/wire/columns", ""},
	// the counter, and headquarters
	{"checkout/route", "ledger ledger/appcode loyalty/phone device"},
	{"checkout", "ledger ledger/appcode loyalty loyalty/phone staff device receipt checkout/route internal/pin"},
	{"hub", "ledger sync sync/wire internal/connections internal/sqlitedb"},
	{"hq/event", "ledger"},
	{"hq/books", "hq/event ledger loyalty"},
	{"hq/keyring", "ledger internal/keys"},
	{"hq/migration", ""},
	{"hq/home", "hq/keyring hq/migration internal/database internal/sqlitedb internal/postgres"},
	{"hq/publication", "hq/books ledger loyalty internal/database"},
	{"hq/records", "hq/books hq/keyring hq/publication ledger loyalty sync/wire internal/database internal/keys"},
	{"hq/posting", "hq/books hq/keyring hq/records ledger loyalty internal/database"},
	{"hq/totals", "hq/books hq/records ledger report internal/database"},
	{"hq/claims", "hq/books hq/event hq/keyring hq/posting hq/records ledger internal/database internal/keys internal/pin"},
	{"hq/erasure", "hq/books hq/keyring hq/posting hq/publication hq/records ledger loyalty internal/database internal/keys internal/sqlitedb"},
	{"hq/custody", "hq/books hq/erasure hq/home hq/keyring hq/migration hq/posting hq/records ledger internal/database internal/sqlitedb internal/folder"},
	{"hq/authority", "hq/books hq/event hq/keyring hq/posting hq/publication hq/records ledger loyalty sync/wire internal/database"},
	{"hq/audit", "hq/books hq/keyring hq/publication hq/records hq/totals ledger loyalty internal/database internal/keys"},
	{"hq/inquiry", "hq/books hq/keyring hq/publication hq/records ledger loyalty report internal/database"},
	{"hq", "hq/audit hq/authority hq/books hq/claims hq/custody hq/erasure hq/event hq/home hq/inquiry hq/keyring hq/posting hq/publication hq/records hq/totals ledger ledger/appcode loyalty loyalty/phone staff sync/wire internal/database internal/sqlitedb internal/postgres internal/keys internal/pin internal/connections internal/page"},
	// faces
	{"api", "api/plain api/screen checkout checkout/route staff report receipt device ledger loyalty internal/connections internal/pin internal/page"},
	{"api/plain", ""},
	{"api/screen", "checkout staff receipt device ledger loyalty"},
	{"api/pages", "api/screen checkout staff report receipt device ledger loyalty internal/pin internal/page"},
	// top
	{"cmd/*", "anything"},
	{"cmd/loyaltyd/release", ""},
	{"cmd/loyaltyd/stamp", "ledger"},
	{"cmd/loyaltyd/exit", "configs hq hq/* offline internal/postgres internal/sqlitedb"},
	{"cmd/loyaltyd/desk", "cmd/loyaltyd/exit"},
	{"cmd/loyaltyd/machine", "configs"},
	{"cmd/loyaltyd/programtext", "loyalty"},
	{"cmd/loyaltyd/service", "configs"},
	{"cmd/loyaltyd/datadir", house + " cmd/loyaltyd/release cmd/loyaltyd/exit"},
	{"cmd/loyaltyd/operators", house + " cmd/loyaltyd/exit cmd/loyaltyd/desk cmd/loyaltyd/datadir"},
	{"cmd/loyaltyd/backups", house + " cmd/loyaltyd/release cmd/loyaltyd/stamp cmd/loyaltyd/exit cmd/loyaltyd/desk cmd/loyaltyd/datadir"},
	{"cmd/loyaltyd/headquarters", house + " cmd/loyaltyd/exit cmd/loyaltyd/desk cmd/loyaltyd/service cmd/loyaltyd/datadir cmd/loyaltyd/operators cmd/loyaltyd/backups cmd/loyaltyd/roster"},
	{"cmd/loyaltyd/terminal", house + " cmd/loyaltyd/release cmd/loyaltyd/stamp cmd/loyaltyd/exit cmd/loyaltyd/desk cmd/loyaltyd/service cmd/loyaltyd/datadir cmd/loyaltyd/operators cmd/loyaltyd/backups cmd/loyaltyd/headquarters"},
	{"cmd/loyaltyd/doctor", house + " cmd/loyaltyd/stamp cmd/loyaltyd/exit cmd/loyaltyd/machine cmd/loyaltyd/datadir cmd/loyaltyd/backups cmd/loyaltyd/headquarters cmd/loyaltyd/terminal"},
	{"examples/*", ""},
	{"examples/poslog", "ledger"},
	{"examples/appcode", "ledger ledger/appcode receipt/raster"},
	{"cmd/loyaltyd/*", "anything"},
	{"cmd/loyaltyd/command/commandtest", "anything"},
	{"cmd/loyaltyd/machine/machinetest", "cmd/loyaltyd/machine"},
	// for tests only
	{"loyalty/languagetest", "loyalty"},
	{"internal/testkit", "anything"},
	{"internal/simulate", "anything"},
	{"internal/model", ""},
	{"internal/simulate/*", "internal/sqlitedb"},
	{"internal/peers", ""},
	{"internal/layering", ""},
}

// testOnly are packages that nothing but tests and each other may import.
var testOnly = []string{
	"internal/testkit", "internal/simulate", "internal/simulate/powercut", "internal/model", "internal/layering", "internal/peers",
	"internal/database/databasetest", "internal/postgres/postgrestest", "loyalty/languagetest",
	"cmd/loyaltyd/shop", "cmd/loyaltyd/command/commandtest", "cmd/loyaltyd/machine/machinetest",
}

// owners are the packages that hide a library: nobody else imports it, tests
// aside.
var owners = map[string]string{
	"cel.dev/cel-go":                    "loyalty/condition",
	"github.com/nyaruka/phonenumbers":   "loyalty/phone",
	"github.com/mattn/go-sqlite3":       "internal/sqlitedb",
	"github.com/jackc/pgx":              "internal/postgres",
	"github.com/spf13/viper":            "configs",
	"golang.org/x/crypto":               "internal/pin",
	"go.bug.st/serial":                  "device/serialport",
	"github.com/hajimehoshi/bitmapfont": "receipt/raster",
	"github.com/boombuler/barcode":      "receipt/raster",
	"github.com/nicksnyder/go-i18n":     "internal/page",
}

// stdSync are the exported names of the standard library's sync, which ours
// must not have: then a forgotten alias does not compile.
var stdSync = []string{
	"Cond", "Locker", "Map", "Mutex", "NewCond", "Once", "OnceFunc", "OnceValue", "OnceValues", "Pool", "RWMutex", "WaitGroup",
}

// row finds a package's row, an exact one before a pattern.
func (c *check) row(dir string) (Row, bool) {
	for _, r := range c.table {
		if r.Package == dir {
			return r, true
		}
	}
	for _, r := range c.table {
		if matches(r.Package, dir) {
			return r, true
		}
	}
	return Row{}, false
}

// matches compares a package with a pattern whose * is one part of a path.
func matches(pattern, dir string) bool {
	ok, err := path.Match(pattern, dir)
	return ok && err == nil
}
