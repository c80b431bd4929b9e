package story_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// printedCode is a code as zint prints it, and what it is.
type printedCode struct {
	symbology string
	data      string
	gs1       bool // data is in GS1's brackets
	kind      route.Kind
	value     string
}

// digits makes n digits behind a prefix, the last of them GS1's check digit.
func digits(r *rand.Rand, prefix string, n int) string {
	for len(prefix) < n-1 {
		prefix += string(rune('0' + r.IntN(10)))
	}
	sum := 0
	for i, c := range prefix {
		sum += int(c-'0') * (1 + 2*((n-1-i)%2))
	}
	return prefix + string(rune('0'+(10-sum%10)%10))
}

// printedCodes are 210 codes of all kinds, drawn by a seed.
func printedCodes(r *rand.Rand) (all []printedCode) {
	add := func(n int, make func() printedCode) {
		for range n {
			all = append(all, make())
		}
	}
	ean := func(n int, prefix string, kind route.Kind) {
		add(n, func() printedCode {
			number := digits(r, prefix, 13)
			return printedCode{"EANX", number, false, kind, number}
		})
	}
	ean(20, "2912", route.Card)
	ean(10, "2801", route.Product)
	ean(10, "59", route.Product)
	ean(10, "981", route.Coupon)
	add(5, func() printedCode {
		number := digits(r, "29990", 13)
		return printedCode{"EANX", number, false, route.Badge, strings.TrimLeft(number[4:12], "0")}
	})
	add(10, func() printedCode {
		number := digits(r, "40", 8)
		return printedCode{"EANX", number[:7], false, route.Product, number}
	})
	add(15, func() printedCode {
		number := digits(r, "07", 12)
		return printedCode{"UPCA", number, false, route.Product, "0" + number}
	})
	add(15, func() printedCode {
		long := digits(r, fmt.Sprintf("0%04d%d0000%d", r.IntN(10_000), 1+r.IntN(9), 5+r.IntN(5)), 12)
		return printedCode{"UPCE", long[:6] + long[10:11], false, route.Product, "0" + long}
	})
	member := func(symbology string) func() printedCode {
		return func() printedCode {
			number := digits(r, "52", 18)
			return printedCode{symbology, fmt.Sprintf("[8018]%s[8019]%d", number, 1+r.IntN(99)), true, route.Card, number}
		}
	}
	add(15, member("GS1_128"))
	add(10, member("QRCODE"))
	add(10, member("DATAMATRIX"))
	add(10, func() printedCode {
		number := digits(r, "0", 14)
		return printedCode{"GS1_128", fmt.Sprintf("[01]%s[10]LOT%d", number, r.IntN(1000)), true, route.Product, number}
	})
	add(10, func() printedCode {
		number := digits(r, "0", 14)
		return printedCode{"DBAR_OMN", number[:13], false, route.Product, number}
	})
	add(10, func() printedCode {
		number := digits(r, "95", 13) + fmt.Sprint(r.IntN(99999))
		return printedCode{"GS1_128", "[255]" + number, true, route.Coupon, number}
	})
	add(10, func() printedCode {
		number := digits(r, "52", 18)
		return printedCode{"QRCODE", "https://id.example.org/8018/" + number, false, route.Card, number}
	})
	add(10, func() printedCode {
		return printedCode{"QRCODE", fmt.Sprintf("https://%d.example.net/8018/%s", r.IntN(1000), digits(r, "52", 18)), false, route.Unknown, ""}
	})
	add(10, func() printedCode {
		number := fmt.Sprintf("+90532%07d", r.IntN(10_000_000))
		return printedCode{"QRCODE", "tel:" + number, false, route.Phone, number}
	})
	add(10, func() printedCode {
		number := fmt.Sprintf("1%07d", r.IntN(10_000_000))
		return printedCode{"CODE128", number, false, route.Receipt, number}
	})
	add(10, func() printedCode {
		number := digits(r, "1", 14)
		return printedCode{"ITF14", number[:13], false, route.Product, number}
	})
	return all
}

// Codes of all kinds, printed by zint and read by ZXing, which says what a
// scanner of its symbology sends: through a pseudo-terminal each is the right
// thing.
func TestPrintedCodes(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	ctx := testkit.Within(t, 3*time.Minute)
	hand, err := sim.NewScanner(filepath.Join(t.TempDir(), "hand"))
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	config := configs.Default()
	config.Scanners = []configs.Scanner{{Name: "hand", Serial: configs.Serial{Port: hand.Path(), Baud: 9600}, Protocol: "plain"}}
	config.Cards = []configs.CodeRule{{Prefix: "2912", Length: 13, CheckDigit: true}}
	config.Badges = []configs.CodeRule{{Prefix: "2999", Length: 13, CheckDigit: true}}
	config.CardHosts = []string{"id.example.org"}
	scans := scansOf(t, ctx, config)

	codes := printedCodes(rand.New(rand.NewPCG(seed, 0)))
	if len(codes) < 200 {
		t.Fatalf("%d codes", len(codes))
	}
	router := terminal.Router(config, "TR")
	for _, code := range codes {
		sent := readBack(t, ctx, code)
		if err := hand.Scan(sent); err != nil {
			t.Fatal(err)
		}
		got := router.Route(testkit.NextScan(t, ctx, scans))
		if got.Kind != code.kind || got.Value != code.value {
			t.Errorf("%s %s, read as %q: %s %q, want %s %q", code.symbology, code.data, sent, got, got.Value, code.kind, code.value)
		}
	}
}

// A person hears which rule took a code, and why; a program reads it.
func TestDevicesExplain(t *testing.T) {
	file := testkit.WrittenFile(t, "till.yaml", "cards: [{prefix: '2912', length: 13}]\ncard_hosts: [id.example.org]\n")
	for scanned, says := range map[string]string{
		"2912345678906":                                 "card 2912345678906\nwhy:  cards[0]",
		"2912345678901":                                 "unknown code\nwhy:  its check digit is wrong, but for which a rule fits: cards[0]",
		"2812000000015":                                 "unknown code\nwhy:  it is no telephone number that can be, and for an article its check digit is wrong\nthen: the counter says \"Wrong check digit\"",
		"]C18018520123456789012346<GS>8019123":          "card 520123456789012346\nwhy:  GS1 element 8018 (GSRN)",
		"https://id.example.org/8018/52012345678901234": "unknown code\nwhy:  somebody's web page, not a card\nthen: the counter says \"A web page, no card\"",
		"5901234123457":                                 "product 5901234123457\nwhy:  EAN-13 or UPC-A\nthen: the POS",
	} {
		if code, out, talk := commandtest.Run(t, "devices", "explain", "--config", file, scanned); code != 0 || !strings.HasPrefix(out, says) {
			t.Errorf("%s: exit %d\n%s%s", scanned, code, out, talk)
		}
	}
	_, out, _ := commandtest.Run(t, "devices", "explain", "--json", "--config", file, "05321234567")
	if want := `"kind": "phone"`; !strings.Contains(out, want) {
		t.Errorf("no %s in %s", want, out)
	}
	if code, _, talk := commandtest.Run(t, "devices", "explain", "--config", file, "a\x00b"); code != exit.Usage || !strings.Contains(talk, "NUL") {
		t.Errorf("exit %d: %s", code, talk)
	}
}

// scansOf runs a configuration's devices, and gives what its scanners read.
func scansOf(t *testing.T, ctx context.Context, config configs.Config) <-chan device.Event {
	t.Helper()
	d, err := terminal.OpenDevices(config, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	testkit.NextScan(t, ctx, d.Events) // it is online
	return d.Events
}

var (
	identifier = regexp.MustCompile(`(?m)^Identifier: (\]..)`)
	rawBytes   = regexp.MustCompile(`(?m)^Bytes: +([0-9A-F ]+)$`)
)

// readBack prints a code and has it read: the symbology identifier and what
// follows it.
func readBack(t *testing.T, ctx context.Context, code printedCode) string {
	t.Helper()
	picture := filepath.Join(t.TempDir(), "code.png")
	args := []string{"-b", code.symbology, "-d", code.data, "-o", picture, "--scale=3", "--quietzones"}
	if code.gs1 {
		args = append(args, "--gs1")
	}
	if out, err := exec.CommandContext(ctx, "zint", args...).CombinedOutput(); err != nil {
		t.Fatalf("zint %s %s: %v: %s", code.symbology, code.data, err, out)
	}
	out, err := exec.CommandContext(ctx, "ZXingReader", picture).CombinedOutput()
	aim, data := identifier.FindSubmatch(out), rawBytes.FindSubmatch(out)
	if err != nil || aim == nil || data == nil {
		t.Fatalf("%s %s: %v: %s", code.symbology, code.data, err, out)
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(string(data[1]), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	if code.symbology == "DBAR_OMN" { // scanners put the identifier in front, this reader does not
		raw = append([]byte("01"), raw...)
	}
	return string(aim[1]) + string(raw)
}
