using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Caching;

namespace MLTransfer.Pipelines.Tests.Caching;

/// <summary>A second process that writes to a cache: the test program itself, started with an environment variable.</summary>
internal static class CacheWriterProcess
{
    public const int Dimension = 200;
    private const string FolderVariable = "MLTRANSFER_TEST_CACHE_FOLDER";
    private const string RowsVariable = "MLTRANSFER_TEST_CACHE_ROWS";

    /// <summary>Starts a writer.</summary>
    /// <param name="folder">The cache.</param>
    /// <param name="rows">How many rows it writes; 0: until it is killed.</param>
    public static Process Start(string folder, int rows)
    {
        string host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        ProcessStartInfo start = new(host, ["exec", Assembly.GetExecutingAssembly().Location]) { RedirectStandardOutput = true };
        start.Environment[FolderVariable] = folder;
        start.Environment[RowsVariable] = $"{rows}";
        return Process.Start(start)!;
    }

    public static FeatureCache Open(string folder, Action<string>? warn = null) =>
        FeatureCache.Open(new FeatureCacheOptions { Directory = folder, MaximumBytes = 1 << 20 }, "shared graph", Dimension, warn);

    /// <summary>The vector that belongs to a row: each number tells the row.</summary>
    public static float[] Vector(int row) => [.. Enumerable.Range(0, Dimension).Select(i => (row * 1000f) + i)];

    [ModuleInitializer]
    internal static void RunAsWriter()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is not { } folder)
        {
            return;
        }

        int rows = int.Parse(Environment.GetEnvironmentVariable(RowsVariable)!, System.Globalization.CultureInfo.InvariantCulture);
        int wrong = 0;
        using (FeatureCache cache = Open(folder))
        {
            float[] read = new float[Dimension];
            for (int row = 0; rows == 0 || row < rows; row++)
            {
                UInt128 key = RowKey.Of($"row {row}");
                if (cache.TryGet(key, read))
                {
                    wrong += read.AsSpan().SequenceEqual(Vector(row)) ? 0 : 1;
                }

                cache.Add(key, Vector(row));
                if (row % 40 == 39)
                {
                    cache.Commit();
                    Console.WriteLine(row);
                }
            }
        }

        Environment.Exit(wrong);
    }
}
