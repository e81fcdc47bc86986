namespace Tracker.Proxy.Forwarding;

/// <summary>Tells Kestrel that an answer will not be completed. Why has been logged already.</summary>
internal sealed class BrokenOffException() : IOException("The answer was broken off.");
