using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MLTransfer.Benchmarks.Data;
using MLTransfer.Benchmarks.Extraction;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Caching;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Benchmarks.Caching;

/// <summary>Feature extraction with an empty cache against the same extraction once more.</summary>
internal static class CacheCommand
{
    public static Command Create()
    {
        var images = new Option<string>("--images") { Description = "Image folder under shared/data.", DefaultValueFactory = _ => "cifar10/test" };
        var texts = new Option<string>("--texts") { Description = "Table under shared/data, with a header; the text stands behind the last tab.", DefaultValueFactory = _ => "sst2/train.tsv" };
        var command = new Command("cache", "The second extraction of the same rows against the first.") { images, texts };
        command.SetAction(result =>
        {
            Console.WriteLine("| data | rows | first, s | second, s | second / first | cache, MiB |");
            Console.WriteLine("|---|---|---|---|---|---|");
            var folder = ImageFolder.Read(SharedFiles.DataSet(result.GetValue(images)!));
            Row[] paths = [.. folder.Paths.Select(static path => new Row { Value = path })];
            Measure(result.GetValue(images)!, paths, static (ml, cache) => ml.Transforms.ExtractImageFeatures(
                "Features", nameof(Row.Value), Backbone.Load("efficientnet-lite0"), new ImageFeatureOptions { Cache = cache }));
            Measure(result.GetValue(texts)!, ReadTexts(SharedFiles.DataSet(result.GetValue(texts)!)), static (ml, cache) => ml.Transforms.ExtractTextFeatures(
                "Features", nameof(Row.Value), Backbone.Load("all-MiniLM-L6-v2"), new TextFeatureOptions { Cache = cache }));
        });
        return command;
    }

    private static void Measure<TTransformer>(string name, Row[] rows, Func<MLContext, FeatureCacheOptions?, IEstimator<TTransformer>> estimator)
        where TTransformer : class, ITransformer
    {
        string folder = Directory.CreateTempSubdirectory("mltransfer-cache-benchmark-").FullName;
        try
        {
            // Code is compiled and files are in memory before the first measured pass, so that the second has no advantage but the cache.
            Pass(rows[..Math.Min(64, rows.Length)], estimator, null);
            foreach (Row row in rows)
            {
                _ = File.Exists(row.Value) ? File.ReadAllBytes(row.Value).Length : 0;
            }

            FeatureCacheOptions cache = new() { Directory = folder };
            double first = Pass(rows, estimator, cache);
            double second = Pass(rows, estimator, cache);
            long bytes = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {rows.Length} | {first:F2} | {second:F2} | {second / first:F3} | {bytes / 1048576.0:F1} |"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Seconds from the estimator to the last feature, loading the backbone included.</summary>
    private static double Pass<TTransformer>(Row[] rows, Func<MLContext, FeatureCacheOptions?, IEstimator<TTransformer>> estimator, FeatureCacheOptions? cache)
        where TTransformer : class, ITransformer
    {
        var clock = Stopwatch.StartNew();
        MLContext ml = new(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        TTransformer transformer = estimator(ml, cache).Fit(data);
        FeatureCursor.Read(transformer.Transform(data), "Features", rows.Length);
        (transformer as IDisposable)?.Dispose();
        return clock.Elapsed.TotalSeconds;
    }

    private static Row[] ReadTexts(string path) =>
        [.. File.ReadLines(path).Skip(1).Select(static line => new Row { Value = line[(line.LastIndexOf('\t') + 1)..] })];

    private sealed class Row
    {
        public string Value { get; set; } = string.Empty;
    }
}
