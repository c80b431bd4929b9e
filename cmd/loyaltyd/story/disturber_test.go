package story_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// disturber is a load balancer between tills and headquarters, where TLS ends, that
// loses, repeats and cuts what passes.
type disturber struct {
	server *httptest.Server
	to     string // host:port of headquarters
	client http.Client
	calm   atomic.Bool
	mu     sync.Mutex
	did    map[disturbance]int
	late   sync.WaitGroup
}

// disturbance is what happens to one request.
type disturbance string

const (
	lostRequest disturbance = "requests lost"
	lostAnswer  disturbance = "answers lost"
	cutAnswer   disturbance = "answers cut"
	twice       disturbance = "sent twice"
	lateAgain   disturbance = "sent again later"
)

// newDisturber stands in front of a headquarters. Its certificate is of a CA that
// the daemons trust which are started with its env.
func newDisturber(t testing.TB, to string) (d *disturber, env string) {
	t.Helper()
	certificate, file := certified(t)
	d = &disturber{to: to, did: map[disturbance]int{}, client: http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // answers are signed
	}}
	d.server = httptest.NewUnstartedServer(d)
	d.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	d.server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that daemons were killed in
	d.server.StartTLS()
	t.Cleanup(func() {
		d.server.CloseClientConnections()
		d.server.Close()
		d.late.Wait()
	})
	return d, "SSL_CERT_FILE=" + file
}

// ServeHTTP passes one request on, or does something to it.
func (d *disturber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	what := d.draw()
	if what == lostRequest {
		panic(http.ErrAbortHandler)
	}
	status, header, answer, err := d.pass(r.Context(), r, body)
	if what == twice && err == nil {
		status, header, answer, err = d.pass(r.Context(), r, body)
	}
	if what == lateAgain {
		d.late.Go(func() {
			time.Sleep(rand.N(300 * time.Millisecond)) // behind whatever the till says next
			_, _, _, _ = d.pass(context.Background(), r, body)
		})
	}
	if err != nil || what == lostAnswer {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	if what == cutAnswer {
		_, _ = w.Write(answer[:len(answer)/2])
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(answer) // the till asks again where it is gone
}

// draw disturbs one request in three.
func (d *disturber) draw() disturbance {
	if d.calm.Load() || rand.N(3) > 0 {
		return ""
	}
	what := []disturbance{lostRequest, lostAnswer, cutAnswer, twice, lateAgain}[rand.N(5)]
	d.mu.Lock()
	defer d.mu.Unlock()
	d.did[what]++
	return what
}

func (d *disturber) counts() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprint(d.did)
}

func (d *disturber) pass(ctx context.Context, r *http.Request, body []byte) (status int, header http.Header, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, "https://"+d.to+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	request.Header = r.Header.Clone()
	response, err := d.client.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, response.Header, answer, err
}

// certified makes a certificate for this machine and the file of its CA, which is
// itself.
func certified(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	authority := *template
	authority.Subject.CommonName, authority.KeyUsage, authority.IPAddresses = "test CA", x509.KeyUsageCertSign, nil
	template.IsCA = false
	signedCA, err := x509.CreateCertificate(nil, &authority, &authority, public, private)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := x509.CreateCertificate(nil, template, &authority, public, private)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signedCA}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{signed, signedCA}, PrivateKey: private}, file
}
