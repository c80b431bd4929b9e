package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/page"
)

// guard lets only the POS in: the right name, no page of an origin that was not
// allowed, the token. A browser tricked into calling us fails at each of the three.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !s.knownHost(r.Host):
			problem(unknownHost, "").write(w)
		case !s.mayCome(r.Header.Get("Origin")):
			problem(fromWebPage, "").write(w)
		case !(isOpen(r.URL.Path) && fromLoopback(r)) && !s.authorized(r) && !s.listens(r):
			problem(noToken, "").write(w)
		default:
			r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
			next.ServeHTTP(w, r)
		}
	})
}

// mayCome reports whether a request is from no page, or from one that may call.
func (s *Server) mayCome(origin string) bool { return origin == "" || s.allowed(origin) }

// iconPath is where a browser looks for an icon of what is no page.
const iconPath = "/favicon.ico"

// open are the calls that need no token from this machine: what watches over
// the daemon has none, nor has who reads how to get one, and they tell nothing
// of a person.
var open = map[string]bool{healthPath: true, readyPath: true, metricsPath: true, docsPath: true, iconPath: true}

func isOpen(path string) bool { return open[path] || strings.HasPrefix(path, page.AssetsPath) }

func fromLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

func (s *Server) knownHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if ip := net.ParseIP(strings.Trim(name, "[]")); ip != nil && ip.IsLoopback() {
		return true
	}
	same := func(known string) bool { return strings.EqualFold(known, name) }
	return same("localhost") || slices.ContainsFunc(s.Hosts, same)
}

func (s *Server) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.Token))
	return strings.EqualFold(scheme, "Bearer") && s.Token != "" && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
