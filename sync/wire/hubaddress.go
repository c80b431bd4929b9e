package wire

import (
	"errors"
	"net/url"
	"strings"
)

// HubAddress is what a person gives a lane: where its store's hub is, and the
// fingerprint of the key that it has.
type HubAddress struct {
	URL         string // https, without a path
	Fingerprint string
}

// String writes the address as one word: https://host:port/#fingerprint.
func (a HubAddress) String() string { return strings.TrimSuffix(a.URL, "/") + "/#" + a.Fingerprint }

// ParseHubAddress reads what String wrote.
func ParseHubAddress(text string) (HubAddress, error) {
	address, fingerprint, _ := strings.Cut(strings.TrimSpace(text), "#")
	u, err := url.Parse(address)
	if err != nil || !onlyHost(u) || len(fingerprint) != fingerprintLetters {
		return HubAddress{}, errors.New("read hub's address: want https://host:port/#fingerprint, as `loyaltyd hub status` prints it")
	}
	return HubAddress{URL: "https://" + u.Host, Fingerprint: fingerprint}, nil
}

// fingerprintLetters is how long ledger.Fingerprint is: six groups of four.
const fingerprintLetters = 29
