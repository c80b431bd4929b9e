package sync

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// HTTP is a Transport over HTTPS.
type HTTP struct {
	base   string
	client *http.Client
	open   *http.Client // trusts whoever answers, for what is signed in itself
}

// answerTimeout bounds a request, with what a feed request may wait.
const answerTimeout = wire.MaxWait + 10*time.Second

// NewHTTP returns a transport to headquarters at base, an https address
// without a path. trusted decides about the public key that the server showed:
// a pinned one is trusted whatever the certificate's name and dates say; any
// other server needs a certificate that the system trusts, as a load balancer
// in front of headquarters has. Where the network lets nobody out but by a proxy, the
// environment's HTTPS_PROXY and NO_PROXY say which: it is asked to carry TLS.
func NewHTTP(base string, trusted func(ed25519.PublicKey) bool) *HTTP {
	return newHTTP(base, trusted, 5*time.Second, byEnvironment)
}

// NewHubHTTP is NewHTTP to a hub, which is in the local network, and behind no proxy.
func NewHubHTTP(base, fingerprint string) *HTTP {
	return newHTTP(base, FingerprintOf(fingerprint), hubDial, nil)
}

// proxy says by which proxy a request goes, if by any.
type proxy func(*http.Request) (*url.URL, error)

// errNoProxy does not say what is named instead: a password may be in it.
var errNoProxy = errors.New("HTTPS_PROXY of the environment names no proxy of the form http://host:port")

// byEnvironment is the proxy that the environment names, where it can be spoken to: of one
// that shows a key of its own headquarters' would be expected.
func byEnvironment(r *http.Request) (*url.URL, error) {
	at, err := http.ProxyFromEnvironment(r)
	switch {
	case err != nil:
		return nil, errNoProxy
	case at == nil:
		return nil, nil
	case at.Scheme == "http" && at.Hostname() != "" && strings.Trim(at.Path, "/") == "", at.Scheme == "socks5":
		return at, nil
	}
	return nil, errNoProxy
}

// newHTTP bounds how long it takes to connect.
func newHTTP(base string, trusted func(ed25519.PublicKey) bool, dial time.Duration, by proxy) *HTTP {
	return &HTTP{
		base:   strings.TrimSuffix(base, "/"),
		client: newClient(clientTLS(hostOf(base), trusted), dial, by),
		open:   newClient(&tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true}, dial, by),
	}
}

func newClient(config *tls.Config, dial time.Duration, by proxy) *http.Client {
	dialer := &net.Dialer{Timeout: dial}
	return &http.Client{
		Timeout: answerTimeout,
		Transport: &http.Transport{
			Proxy:               by,
			DialContext:         dialer.DialContext,
			TLSClientConfig:     config,
			TLSHandshakeTimeout: 5 * time.Second,
			IdleConnTimeout:     time.Minute,
			MaxIdleConns:        4,
			DisableCompression:  true,
			// What is signed and said beside a message takes some hundred bytes.
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      false, // one request at a time each way: nothing to gain
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// FingerprintOf trusts the key of a fingerprint, as an enrollment code has it.
func FingerprintOf(fingerprint string) func(ed25519.PublicKey) bool {
	return func(key ed25519.PublicKey) bool { return ledger.Fingerprint(key) == fingerprint }
}

// hostOf is the name or address that a certificate must be for.
func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return "" // and no request can be made
	}
	return u.Hostname()
}

func clientTLS(host string, trusted func(ed25519.PublicKey) bool) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		// VerifyConnection below decides; it is stricter than a chain of names
		// for a pinned key, and the same as the default otherwise.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("headquarters showed no certificate")
			}
			leaf := state.PeerCertificates[0]
			if key, ok := leaf.PublicKey.(ed25519.PublicKey); ok && trusted(key) {
				return nil
			}
			if leaf.Issuer.String() == leaf.Subject.String() {
				shown, _ := leaf.PublicKey.(ed25519.PublicKey)
				return &OtherKeyError{shown}
			}
			intermediates := x509.NewCertPool()
			for _, cert := range state.PeerCertificates[1:] {
				intermediates.AddCert(cert)
			}
			// Not state.ServerName, which is empty for an address: then any
			// name would do.
			if err := leaf.VerifyHostname(host); err != nil {
				return err
			}
			_, err := leaf.Verify(x509.VerifyOptions{Intermediates: intermediates})
			return err
		},
	}
}

// Do implements Transport.
func (h *HTTP) Do(ctx context.Context, request Request) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, request.Method, h.base+request.Target, bytes.NewReader(request.Body))
	if err != nil {
		return Answer{}, err
	}
	maps.Copy(r.Header, request.Header)
	r.Header.Set("User-Agent", "") // says nothing: who asks has signed
	wire.SayWanted(r.Header)
	if len(request.Body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	client := h.client
	if request.Target == wire.KeysPath {
		client = h.open
	}
	response, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	packed, err := io.ReadAll(io.LimitReader(response.Body, wire.MaxMessage+1))
	if err != nil {
		return Answer{}, fmt.Errorf("read answer: %w", err)
	}
	body, err := wire.Unpack(response.Header.Get("Content-Encoding"), packed)
	if err != nil {
		return Answer{}, fmt.Errorf("read answer: %w", err)
	}
	return Answer{response.StatusCode, response.Header, body}, nil
}

// Close ends idle connections.
func (h *HTTP) Close() {
	h.client.CloseIdleConnections()
	h.open.CloseIdleConnections()
}
