package hq

// MaxRequests is how many requests are admitted at once.
const MaxRequests = maxRequests
