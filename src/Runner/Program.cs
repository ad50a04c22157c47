using MLTransfer.Runner;

using CancellationSignals signals = CancellationSignals.Listen();
return await CommandLine.RunAsync(args, RunnerConsole.ForProcess(), signals.Token).ConfigureAwait(false);
