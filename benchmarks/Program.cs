using System.CommandLine;
using MLTransfer.Benchmarks.Accuracy;
using MLTransfer.Benchmarks.Caching;
using MLTransfer.Benchmarks.Extraction;
using MLTransfer.Benchmarks.FineTuning;
using MLTransfer.Benchmarks.Hostile;
using MLTransfer.Benchmarks.Micro;
using MLTransfer.Benchmarks.StockChain;
using MLTransfer.Benchmarks.TrainingStep;
using MLTransfer.Benchmarks.WordPiece;

// Every measurement is a verb of its own: `dotnet run -c Release --project benchmarks -- <verb>`.
// A new one is a static class with `Command Create()` in its own folder, added to this list.
var root = new RootCommand("Measurements of MLTransfer, each against a peer in the same run.")
{
    AccuracyCommand.Create(),
    CacheCommand.Create(),
    ExtractionCommand.Create(),
    FineTuneAccuracyCommand.Create(),
    FineTuneCommand.Create(),
    HostileCommand.Create(),
    MemoryCommand.Create(),
    MicroCommand.Create(),
    StockChainCommand.Create(),
    TrainingStepCommand.Create(),
    WordPieceCommand.Create(),
};
return root.Parse(args).Invoke();
