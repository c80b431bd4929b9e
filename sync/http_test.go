package sync_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// authority signs certificates; the system of these tests trusts the first.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var trusted, stranger authority

func TestMain(m *testing.M) {
	if _, err := wire.Unpack(wire.Zstd, wire.Pack(nil)); err != nil { // makes what all share outside of any test's bubble of time
		log.Fatal(err)
	}
	trusted, stranger = newAuthority(), newAuthority()
	dir, err := os.MkdirTemp("", "roots")
	if err != nil {
		log.Fatal(err)
	}
	roots := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.cert.Raw}), 0o600); err != nil {
		log.Fatal(err)
	}
	os.Setenv("SSL_CERT_FILE", roots)
	os.Setenv("SSL_CERT_DIR", dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func newAuthority() authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: rand.Text()}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		log.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		log.Fatal(err)
	}
	return authority{cert, key}
}

// issue makes a server's certificate.
func (a authority) issue(t *testing.T, key crypto.Signer, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serve answers over TLS on a port.
func serve(t *testing.T, config *tls.Config, handler http.HandlerFunc) (port string) {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		<-served
	})
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Whom a till talks to: who has the pinned key, whatever its certificate says,
// or who has a certificate of the system's authorities for this very name.
func TestTrust(t *testing.T) {
	pinned := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32))
	forName := func(c *x509.Certificate) { c.DNSNames = []string{"localhost"} }
	forAddress := func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} }
	for _, c := range []struct {
		name   string
		by     *authority
		key    crypto.Signer
		change func(*x509.Certificate)
		host   string
		max    uint16
		ok     bool
	}{
		{"pinned key", &stranger, pinned, forName, "localhost", 0, true},
		{"pinned key, another name", &stranger, pinned, func(c *x509.Certificate) { c.DNSNames = []string{"else"} }, "localhost", 0, true},
		{"pinned key, long ago", &stranger, pinned, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, "localhost", 0, true},
		{"pinned key, TLS 1.2", &stranger, pinned, forName, "localhost", tls.VersionTLS12, false},
		{"another key", &stranger, other, forName, "localhost", 0, false},
		{"trusted, by name", &trusted, other, forName, "localhost", 0, true},
		{"trusted, by address", &trusted, other, forAddress, "127.0.0.1", 0, true},
		{"trusted, another name", &trusted, other, func(c *x509.Certificate) { c.DNSNames = []string{"evil.example"} }, "localhost", 0, false},
		{"trusted, a name for an address", &trusted, other, func(c *x509.Certificate) { c.DNSNames = []string{"evil.example"} }, "127.0.0.1", 0, false},
		{"trusted, no name", &trusted, other, func(*x509.Certificate) {}, "127.0.0.1", 0, false},
		{"trusted, lapsed", &trusted, other, func(c *x509.Certificate) { forName(c); c.NotAfter = time.Now().Add(-time.Minute) }, "localhost", 0, false},
		{"trusted, not yet", &trusted, other, func(c *x509.Certificate) { forName(c); c.NotBefore = time.Now().Add(time.Minute) }, "localhost", 0, false},
		{"trusted, for clients", &trusted, other, func(c *x509.Certificate) {
			forName(c)
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}, "localhost", 0, false},
		{"trusted, TLS 1.2", &trusted, other, forName, "localhost", tls.VersionTLS12, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			came := false
			port := serve(t, &tls.Config{Certificates: []tls.Certificate{c.by.issue(t, c.key, c.change)}, MaxVersion: c.max},
				func(http.ResponseWriter, *http.Request) { came = true })
			transport := hqsync.NewHTTP("https://"+c.host+":"+port, only(pinned))
			defer transport.Close()
			_, err := transport.Do(context.Background(), hqsync.Request{Method: http.MethodPost, Target: "/", Body: []byte("secret")})
			if (err == nil) != c.ok || came != c.ok {
				t.Errorf("came through: %v, %v", came, err)
			}
		})
	}
}

// only trusts one key.
func only(key ed25519.PrivateKey) func(ed25519.PublicKey) bool {
	return func(shown ed25519.PublicKey) bool { return shown.Equal(key.Public()) }
}

// An answer that would fill the memory, or leads elsewhere, does neither.
func TestHostileAnswer(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	elsewhere := 0
	port := serve(t, &tls.Config{Certificates: []tls.Certificate{stranger.issue(t, key, func(*x509.Certificate) {})}},
		func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/endless":
				for {
					if _, err := w.Write(make([]byte, 1<<16)); err != nil {
						return
					}
				}
			case "/bomb":
				w.Header().Set("Content-Encoding", wire.Zstd)
				w.Write(bytes.Repeat(wire.Pack(make([]byte, 3<<20)), 100))
			case "/away":
				http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
			case "/headers":
				for i := range 1000 {
					w.Header().Add("X", strings.Repeat(string(rune('a'+i%26)), 1000))
				}
			case "/there":
				elsewhere++
			}
		})
	transport := hqsync.NewHTTP("https://localhost:"+port+"/", only(key))
	defer transport.Close()
	do := func(path string) (hqsync.Answer, error) {
		return transport.Do(context.Background(), hqsync.Request{Method: http.MethodGet, Target: path})
	}
	for _, path := range []string{"/endless", "/bomb"} {
		if answer, err := do(path); err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%s: %d bytes, %v", path, len(answer.Body), err)
		}
	}
	if _, err := do("/headers"); err == nil || !strings.Contains(err.Error(), "exceeded") {
		t.Errorf("a megabyte of headers: %v", err)
	}
	if answer, err := do("/away"); err != nil || answer.Status != http.StatusTemporaryRedirect || elsewhere > 0 {
		t.Errorf("a redirect: %d, %v, followed %d times", answer.Status, err, elsewhere)
	}
}
