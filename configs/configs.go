// Package configs knows what can be configured: the typed configuration with
// its defaults, where values may come from (flag > environment > file >
// default), and the samples that ship with the program.
//
// It is strict: an unknown key, a misspelt LOYALTYD_ variable, a number without
// unit or a value out of range is an *Error that names the place and the
// nearest known name. Only cmd imports it; packages take their own options.
package configs

import (
	"bytes"
	_ "embed"
	"time"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Sample is the configuration file that ships: every key, explained, at its
// default.
//
//go:embed loyaltyd.yaml
var Sample []byte

// Starter is the program of a fresh installation.
//
//go:embed programs/starter.yaml
var Starter []byte

// StarterIn gives the starter in a shop's own currency.
func StarterIn(currency string) []byte {
	return bytes.Replace(Starter, []byte("currency: "+Default().Currency+"\n"), []byte("currency: "+currency+"\n"), 1)
}

// Config is everything that can be configured. A key is the path of its names.
// Those of reload:"yes" can change while a daemon runs; the sample says so too.
type Config struct {
	DataDir     string `key:"data_dir"`
	LogLevel    string `key:"log_level" reload:"yes"` // debug, info, warn, error
	Region      string `key:"region"`                 // ISO 3166, two letters
	Currency    string `key:"currency"`               // ISO 4217
	TimeZone    string `key:"time_zone"`              // IANA
	Language    string `key:"language"`               // of the counter; BCP 47
	OperatorID  string `key:"operator_id"`
	ProgramFile string `key:"program_file"` // empty: Starter
	Training    bool   `key:"training"`     // nothing is real, and nothing is sent

	Store        Store        `key:"store"`
	Headquarters Headquarters `key:"headquarters"`
	Sync         Sync         `key:"sync"`
	Keypads      []Keypad     `key:"keypads"`
	Scanners     []Scanner    `key:"scanners"`
	Cards        []CodeRule   `key:"cards"`
	Badges       []CodeRule   `key:"badges"`     // of operators, who sign on by them
	Coupons      []CodeRule   `key:"coupons"`    // the POS's
	Products     []CodeRule   `key:"products"`   // what a shop itself prints on goods
	CardHosts    []string     `key:"card_hosts"` // whose web addresses name member cards
	Displays     []Display    `key:"displays"`
	IdleMessages []string     `key:"idle_messages"` // shown while nobody is served
	Printers     []Printer    `key:"printers"`
	Standalone   Standalone   `key:"standalone" reload:"yes"`
	Adjust       Adjust       `key:"adjust" reload:"yes"`
	Abuse        Abuse        `key:"abuse" reload:"yes"`
	API          API          `key:"api"`
	HQ           HQ           `key:"hq"`
	Hub          Hub          `key:"hub"`
	Backup       Backup       `key:"backup"`
}

// Speaks is the language of the counter.
func (c Config) Speaks() loyalty.Language {
	language, _ := loyalty.ParseLanguage(c.Language) // it was checked when it was loaded
	return language
}

// Store is the store of a till that is its own headquarters.
type Store struct {
	ID   string `key:"id"`
	Name string `key:"name"` // as customers know it; empty: made from ID
}

// Headquarters says where the terminal sends to.
type Headquarters struct {
	URL string `key:"url"` // empty: what enrollment gave; without one the till is its own
}

// Sync paces the exchange with headquarters.
type Sync struct {
	RetryMax time.Duration `key:"retry_max"` // the longest wait between two tries
}

// Serial is a serial line.
type Serial struct {
	Port     string `key:"port"` // a stable path, /dev/serial/by-id/…; of a printer also /dev/usb/lp…, of what types /dev/input/by-id/…
	Baud     int    `key:"baud"`
	DataBits int    `key:"data_bits"` // 5 to 8
	Parity   string `key:"parity"`    // none, odd, even
	StopBits int    `key:"stop_bits"` // 1 or 2
}

func defaultSerial() Serial {
	return Serial{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1}
}

// Keypad is a numeric keypad on a serial line or one that types, or a customer's pad
// with a display of its own.
type Keypad struct {
	Name     string `key:"name"`
	Serial   `key:",squash"`
	Protocol string   `key:"protocol"` // plain; z: Verifone's Z messages
	Prompt   string   `key:"prompt"`   // of z: the id of a signed prompt, for pads that want one
	Keys     []string `key:"keys"`     // of plain: those that send other bytes, as "ENTER 0d0a"
}

// Scanner is a bar code scanner, on a serial line, in the network, or one that types.
type Scanner struct {
	Name    string `key:"name"`
	Serial  `key:",squash"`
	Address string `key:"address"` // host:port, in place of a serial port
	// TerminatorTimeout is the silence that ends a scan; 0: each has CR, LF,
	// TAB or ETX at its end.
	TerminatorTimeout time.Duration `key:"terminator_timeout"`
	// Protocol is how it is spoken to: plain, honeywell, datalogic, cipherlab, ssi.
	Protocol string `key:"protocol"`
	// Layout is the keyboard that one which types is set to: us, de, fr, tr-q.
	Layout string `key:"layout"`
}

// CodeRule says which scanned numbers are of a kind.
type CodeRule struct {
	Prefix     string `key:"prefix"`
	Length     int    `key:"length"`      // characters, with the prefix
	CheckDigit bool   `key:"check_digit"` // the last digit is GS1's
}

// Display is a customer display of two lines of 20 characters.
type Display struct {
	Name     string `key:"name"`
	Serial   `key:",squash"`
	Protocol string `key:"protocol"` // epson, cd5220, logic-controls, utc, aedex: what it is switched to
	Charset  string `key:"charset"`  // what it shows beyond ASCII
}

// Printer is a receipt printer, on a serial line or in the network.
type Printer struct {
	Name    string `key:"name"`
	Serial  `key:",squash"`
	Address string `key:"address"` // host:port, in place of a serial port
	Profile string `key:"profile"` // what it is: columns, code pages, cutter
	Columns int    `key:"columns"` // characters in a line; 0: the profile's
}

// Standalone governs sales keyed without a POS. Amounts are minor units; 0
// means no limit.
type Standalone struct {
	TaxRate      string        `key:"tax_rate"` // "0" or a fraction, "20/100"
	MaxAmount    int64         `key:"max_amount"`
	ConfirmAbove int64         `key:"confirm_above"`
	IdleTimeout  time.Duration `key:"idle_timeout"`
}

// Tax gives the tax contained in a keyed amount, as an exact rate of the net.
func (s Standalone) Tax() (loyalty.Rate, error) {
	if s.TaxRate == "0" {
		return loyalty.Rate{Num: 0, Den: 1}, nil
	}
	return loyalty.ParseRate(s.TaxRate)
}

// API is the till's own HTTP face.
type API struct {
	Listen       string   `key:"listen"`
	TokenFile    string   `key:"token_file"`    // empty: api.token in data_dir
	AllowedHosts []string `key:"allowed_hosts"` // Host headers taken beside the loopback names
	// AllowedOrigins are the origins whose pages may call, as browsers send them.
	AllowedOrigins []string `key:"allowed_origins"`
	// TrustVerified believes a POS that says proof verified of a member whom the till
	// did not see prove it.
	TrustVerified bool `key:"trust_verified"`
	// TLS serves over TLS alone, with the certificate of the two files, or where both
	// are empty with one that the till makes for itself once.
	TLS             bool   `key:"tls"`
	CertificateFile string `key:"certificate_file"`
	KeyFile         string `key:"key_file"`
}

// HQ is headquarters itself, of loyaltyd hq or inside a till.
type HQ struct {
	Listen    string `key:"listen"`     // empty: HQListen for loyaltyd hq, nowhere for a till
	PublicURL string `key:"public_url"` // empty: made from listen
	// Database is PostgreSQL's, of loyaltyd hq only; empty: hq.db in data_dir.
	Database DatabaseURL `key:"database"`
	// Durability says what makes things durable: ByBackup or ByReplica.
	Durability string `key:"durability"`
}

// What makes things durable at headquarters.
const (
	ByBackup  = "backup"  // that was checked
	ByReplica = "replica" // also a synchronous standby of hq.database
)

// HQListen is where `loyaltyd hq` listens when nobody says so.
const HQListen = "127.0.0.1:7790"

// Hub is the hub of a store: for its lanes where it is, for itself where it listens.
type Hub struct {
	Address string `key:"address"` // of a lane: https://host:port/#fingerprint; empty: the store has none
	Listen  string `key:"listen"`  // of `loyaltyd hub`; empty: HubListen
}

// HubListen is where `loyaltyd hub` listens when nobody says so: lanes are other
// machines.
const HubListen = "0.0.0.0:7791"

// Backup says where backups go and who can open them.
type Backup struct {
	Target    string `key:"target"`    // a folder; empty: none are made
	Recipient string `key:"recipient"` // age1…, public; `loyaltyd backup init` makes it
	Keep      int    `key:"keep"`      // how many stay in the folder
}

// Default gives the configuration of an installation without files.
func Default() Config {
	return Config{
		DataDir:      "/var/lib/loyaltyd",
		LogLevel:     "info",
		Region:       "TR",
		Currency:     "TRY",
		TimeZone:     "Europe/Istanbul",
		Language:     loyalty.English.String(),
		OperatorID:   "-",
		Store:        Store{ID: "1"},
		Sync:         Sync{RetryMax: 5 * time.Minute},
		Keypads:      []Keypad{},
		Scanners:     []Scanner{},
		Cards:        []CodeRule{},
		Badges:       []CodeRule{},
		Coupons:      []CodeRule{},
		Products:     []CodeRule{},
		CardHosts:    []string{},
		Displays:     []Display{},
		IdleMessages: []string{},
		Printers:     []Printer{},
		Standalone:   Standalone{TaxRate: "0", ConfirmAbove: 1_000_000, IdleTimeout: 30 * time.Second},
		Adjust:       Adjust{ManagerAbove: 500},
		Abuse:        defaultAbuse(),
		API:          API{Listen: "127.0.0.1:7780", AllowedHosts: []string{}, AllowedOrigins: []string{}},
		HQ:           HQ{Durability: ByBackup},
		Backup:       Backup{Keep: 7},
	}
}

// elementDefaults are the defaults of what stands in lists.
func elementDefaults() []any {
	return []any{
		Keypad{Serial: defaultSerial(), Protocol: "plain", Keys: []string{}},
		Scanner{Serial: defaultSerial(), Protocol: "plain", Layout: "us"},
		CodeRule{CheckDigit: true},
		Display{Serial: defaultSerial(), Protocol: "epson", Charset: "pc437"},
		Printer{Serial: defaultSerial(), Profile: "generic-80"},
	}
}
