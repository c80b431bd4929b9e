package terminal

import (
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/scanner"
)

// AsScanned is the scan that a scanner makes of a code.
func AsScanned(code string) (scan device.Scan, err error) {
	var decoder scanner.Decoder
	bytes := strings.ReplaceAll(code, "<GS>", "\x1d") + "\r"
	err = fmt.Errorf("%q is no code", code)
	decoder.Decode([]byte(bytes), func(event device.Event) { scan, err = event.Scan, event.Err })
	return scan, err
}

// Router takes over a configuration's rules in the order in which they are
// written.
func Router(config configs.Config, region string) route.Router {
	r := route.Router{Region: region, Hosts: config.CardHosts}
	for _, of := range []struct {
		kind  route.Kind
		key   string
		rules []configs.CodeRule
	}{
		{route.Card, "cards", config.Cards},
		{route.Badge, "badges", config.Badges},
		{route.Coupon, "coupons", config.Coupons},
		{route.Product, "products", config.Products},
	} {
		for i, rule := range of.rules {
			name := fmt.Sprintf("%s[%d]", of.key, i)
			r.Rules = append(r.Rules, route.Rule{Kind: of.kind, Name: name, Prefix: rule.Prefix, Length: rule.Length, CheckDigit: rule.CheckDigit})
		}
	}
	return r
}
