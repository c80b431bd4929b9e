package configs

import (
	"fmt"
	"net/url"
	"strings"
)

func (a API) check(bad complain) {
	listens(bad, "api.listen", a.Listen)
	for i, origin := range a.AllowedOrigins {
		if !isOrigin(origin) {
			bad(fmt.Sprintf("api.allowed_origins[%d]", i), "%q is no origin: scheme, host and port as the browser names them, such as https://pos.example.com", origin)
		}
	}
	if (a.CertificateFile == "") != (a.KeyFile == "") {
		bad("api.certificate_file", "api.key_file belongs to it: set both, or neither")
	}
	if a.CertificateFile != "" && !a.TLS {
		bad("api.certificate_file", "is used with api.tls: true; leave it empty, or set that")
	}
}

// isOrigin reports whether a browser can send this as a page's origin: it writes
// small letters, and no port that goes without saying. "null" is any file's and any
// sandbox's, and "*" everybody's.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" || text != strings.ToLower(u.Scheme+"://"+u.Host) {
		return false
	}
	return !(u.Scheme == "https" && u.Port() == "443") && !(u.Scheme == "http" && u.Port() == "80")
}
