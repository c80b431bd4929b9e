package wire

import (
	"errors"
	"net/url"
	"strings"
)

// EnrollmentCode is what a person carries to a new terminal: where
// headquarters is, which key it has, and a secret good once.
type EnrollmentCode struct {
	URL         string // https, without a path
	Fingerprint string // ledger.Fingerprint of headquarters' key
	Secret      string
}

// Text writes the code as one word: https://host:port/#fingerprint.secret. It
// is not named String, so that nobody prints the secret unawares.
func (c EnrollmentCode) Text() string {
	return strings.TrimSuffix(c.URL, "/") + "/#" + c.Fingerprint + "." + c.Secret
}

// ParseEnrollmentCode reads what Text wrote.
func ParseEnrollmentCode(text string) (EnrollmentCode, error) {
	const want = "want https://host:port/#fingerprint.secret, as `loyaltyd hq code` prints it"
	address, rest, _ := strings.Cut(strings.TrimSpace(text), "#")
	fingerprint, secret, ok := strings.Cut(rest, ".")
	u, err := url.Parse(address)
	if err != nil || !ok || fingerprint == "" || secret == "" || !onlyHost(u) {
		return EnrollmentCode{}, errors.New("read enrollment code: " + want) // nothing of it is quoted: it holds the secret
	}
	return EnrollmentCode{URL: "https://" + u.Host, Fingerprint: fingerprint, Secret: secret}, nil
}

// onlyHost reports whether an address is https and a host, with nothing that
// would be lost behind it.
func onlyHost(u *url.URL) bool {
	bare := url.URL{Scheme: "https", Host: u.Host, Path: u.Path}
	return u.Hostname() != "" && strings.Trim(u.Path, "/") == "" && *u == bare
}
