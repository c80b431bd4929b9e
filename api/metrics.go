package api

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Metrics are what is counted, in a registry of its own. No label names a
// person, and each has few values: kinds, units, devices, routes and statuses.
type Metrics struct {
	registry *prometheus.Registry
	appended *prometheus.CounterVec
	durable  prometheus.Histogram
	requests *prometheus.CounterVec
	refused  prometheus.Counter
}

// Gauges are how the till stands when somebody looks. A zero instant is one
// that is not known, and is left out.
type Gauges struct {
	Ready        bool // as /readyz says
	Unsent       int
	OldestUnsent time.Time
	LastContact  time.Time
	Backup       time.Time
	Rights       []RightsGauge
	JournalBytes int64
	WALBytes     int64
	Devices      map[string]bool // whether it is online
}

// RightsGauge is what of a unit of a program may be spent here without asking.
type RightsGauge struct {
	Program  string
	Unit     ledger.Unit
	Open     int
	Exposure ledger.Points
}

// NewMetrics returns metrics of a release that ask look when they are read.
func NewMetrics(release string, look func(context.Context) (Gauges, error)) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		appended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "loyaltyd_entries_appended_total", Help: "Entries written to the journal since the start, by kind.",
		}, []string{"kind"}),
		durable: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "loyaltyd_sale_durable_seconds", Help: "From a sale's decision until it is on disk past fsync.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5},
		}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "loyaltyd_api_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"route", "status"}),
	}
	m.refused = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "loyaltyd_lookups_refused_total", Help: "Lookups refused because too many numbers were asked for without a sale, or too fast: somebody may walk through the phone book.",
	})
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "loyaltyd_build_info", Help: "1, for the release that runs.", ConstLabels: prometheus.Labels{"release": release},
	})
	build.Set(1)
	m.registry.MustRegister(m.appended, m.durable, m.requests, m.refused, build, looking(look))
	return m
}

// Appended counts an entry, and how long it took to be durable.
func (m *Metrics) Appended(kind ledger.Kind, took time.Duration) {
	m.appended.WithLabelValues(string(kind)).Inc()
	if kind == ledger.Sold {
		m.durable.Observe(took.Seconds())
	}
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// counted counts a request under the route it took, never under its path: a
// path has ids in it, and may be anything. What the guard refused took none,
// and an empty label would be none.
func (m *Metrics) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &answered{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		m.requests.WithLabelValues(cmp.Or(r.Pattern, "refused"), strconv.Itoa(answer.status)).Inc()
	})
}

// answered remembers the status of an answer.
type answered struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// looking collects the gauges when they are asked for.
type looking func(context.Context) (Gauges, error)

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("loyaltyd_"+name, help, labels, nil)
}

var (
	readyGauge    = gauge("ready", "Whether sales can be saved and will be: what /readyz says, as 0 or 1.")
	unsentGauge   = gauge("unsent_entries", "Entries headquarters has not acknowledged.")
	oldestGauge   = gauge("unsent_oldest_age_seconds", "Age of the oldest of them; 0 where there is none.")
	contactGauge  = gauge("headquarters_contact_age_seconds", "Since headquarters was last heard; absent where it never was.")
	backupGauge   = gauge("backup_age_seconds", "Since the last backup; absent where none is known.")
	openGauge     = gauge("rights_open", "Open rights to spend without asking.", "program", "unit")
	exposureGauge = gauge("rights_exposure", "Units they could still spend.", "program", "unit")
	journalGauge  = gauge("journal_bytes", "Size of the journal.")
	walGauge      = gauge("wal_bytes", "Size of the write-ahead logs.")
	deviceGauge   = gauge("device_online", "Whether a device answers.", "device")
)

// Describe implements prometheus.Collector.
func (l looking) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		readyGauge, unsentGauge, oldestGauge, contactGauge, backupGauge, openGauge, exposureGauge, journalGauge, walGauge, deviceGauge,
	} {
		to <- d
	}
}

// lookTime is what a look at the till may take.
const lookTime = 5 * time.Second

// Collect implements prometheus.Collector.
func (l looking) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	g, err := l(ctx)
	now := time.Now()
	tell := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	tell(readyGauge, yes(g.Ready))
	if err != nil {
		to <- prometheus.NewInvalidMetric(unsentGauge, err)
		return
	}
	age := func(d *prometheus.Desc, at time.Time) {
		if !at.IsZero() {
			tell(d, max(0, now.Sub(at).Seconds()))
		}
	}
	if g.OldestUnsent.IsZero() {
		g.OldestUnsent = now
	}
	tell(unsentGauge, float64(g.Unsent))
	age(oldestGauge, g.OldestUnsent)
	age(contactGauge, g.LastContact)
	age(backupGauge, g.Backup)
	for _, r := range g.Rights {
		tell(openGauge, float64(r.Open), r.Program, string(r.Unit))
		tell(exposureGauge, float64(r.Exposure), r.Program, string(r.Unit))
	}
	tell(journalGauge, float64(g.JournalBytes))
	tell(walGauge, float64(g.WALBytes))
	for name, online := range g.Devices {
		tell(deviceGauge, yes(online), name)
	}
}

func yes(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
