// Package postgrestest runs a real PostgreSQL for tests: a cluster of its own in
// a temporary folder, reached over a socket there, kept for the whole run of a
// package's tests, with a database for each test.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// owner is the cluster's, as the server knows it.
const owner = "loyaltyd"

// Cluster is a running server.
type Cluster struct {
	bin   string // folder of the server's programs
	dir   string // ours: data, socket, log
	as    *account
	shell *exec.Cmd    // cleans up behind this process, once its standard input closes
	made  atomic.Int64 // databases
}

var shared = sync.OnceValues(func() (*Cluster, error) { return start() })

// Shared returns the cluster that a package's tests share; the first to ask
// starts it. Whoever stops it, or changes what holds for all, makes its own by
// New.
func Shared(tb testing.TB) *Cluster {
	tb.Helper()
	c, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// New returns a cluster for one test.
func New(tb testing.TB) *Cluster {
	tb.Helper()
	c, err := start()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// programs finds where the server's programs are: Debian keeps them off PATH.
func programs() (string, error) {
	if found, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(found), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL's server is not installed: make tools-test, or install Debian's postgresql")
	}
	return filepath.Dir(slices.Max(found)), nil
}

func start() (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "postgres")
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, dir: dir, as: as}
	if err := c.make(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// make initializes the cluster, starts it, and has it stopped and removed when
// this process is gone, in whichever way. Its own order of texts is not that of
// bytes, so that a query which relies on the server's is found.
func (c *Cluster) make() error {
	if err := c.as.own(c.dir); err != nil {
		return err
	}
	err := c.run("initdb", "--no-sync", "--auth=trust", "--username="+owner, "--encoding=UTF8",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", c.data())
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	return c.guard()
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// guard leaves a shell behind that waits for the end of this process.
func (c *Cluster) guard() error {
	const script = `read -r _; "$1" -D "$2" -m immediate stop; rm -rf "$3"`
	c.shell = exec.Command("sh", "-c", script, "sh", filepath.Join(c.bin, "pg_ctl"), c.data(), c.dir)
	c.as.drop(c.shell)
	if _, err := c.shell.StdinPipe(); err != nil {
		return err
	}
	return c.shell.Start()
}

// Start starts a stopped server, with settings as in "max_connections=5".
func (c *Cluster) Start(settings ...string) error {
	options := []string{"-c listen_addresses=", "-c unix_socket_directories=" + c.dir, "-c shared_buffers=16MB"}
	for _, s := range settings {
		options = append(options, "-c "+s)
	}
	return c.run("pg_ctl", "-D", c.data(), "-l", filepath.Join(c.dir, "log"), "-w", "-o", strings.Join(options, " "), "start")
}

// Stop stops the server: smart, fast, or immediate, which is a crash.
func (c *Cluster) Stop(mode string) error {
	return c.run("pg_ctl", "-D", c.data(), "-w", "-m", mode, "stop")
}

func (c *Cluster) run(program string, args ...string) error {
	command := exec.Command(filepath.Join(c.bin, program), args...)
	command.Dir = "/"
	c.as.drop(command)
	out, err := os.Create(filepath.Join(c.dir, program+".out")) // a pipe would wait for the server, which inherits it
	if err != nil {
		return err
	}
	defer out.Close()
	command.Stdout, command.Stderr = out, out
	if err := command.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w: %s", program, err, said)
	}
	return nil
}

// Database makes an empty database and returns its URL.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test%d", c.made.Add(1))
	c.Exec(tb, c.URL("postgres"), "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return c.URL(name)
}

// URL returns a database's.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://%s@/%s?host=%s", owner, database, url.QueryEscape(c.dir))
}

// Exec runs statements on a database, behind the back of whoever has it open.
func (c *Cluster) Exec(tb testing.TB, database string, statements string) {
	tb.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.PgConn().Exec(ctx, statements).ReadAll(); err != nil {
		tb.Fatal(err)
	}
}
