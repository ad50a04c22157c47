using MLTransfer.FineTuning.Rates;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Tries learning rates on the fine-tuning of a pipeline.</summary>
internal static class LearningRateRun
{
    /// <summary>Runs the range test. It leaves nothing behind.</summary>
    /// <param name="resolved">A pipeline with a section <c>fineTune</c>.</param>
    /// <param name="range">Which rates.</param>
    /// <param name="where">From a field of the range to the beginning of an error.</param>
    /// <param name="events">Told of stages, their progress, and what a user should know.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="UserException">There is no fine-tuning, or the data, the backbone or the range cannot be used as asked.</exception>
    public static LearningRateRange Execute(
        PipelineConfiguration resolved, LearningRateRangeOptions range, Func<string, string> where, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        OptionsValidation.Validate(range, where);
        if (resolved.FineTune is not { } options)
        {
            throw new UserException("Learning rates are tried on a fine-tuning, and the pipeline has no section 'fineTune'. Add it, for example with --set 'fineTune={}' --set head=null.");
        }

        StageClock clock = new(events);
        string work = Directory.CreateTempSubdirectory("mltransfer-rates-").FullName;
        try
        {
            using OwnedResources owned = new();
            FineTuningProgress? progress = null;
            FineTuneSetup setup = FineTuneSetup.Read(resolved, work, clock, events, owned, name => progress = new FineTuningProgress(clock, events, options, name), cancellation);
            LearningRateRange result = LearningRateRangeTest.Run(setup.Request, range, cancellation);
            progress!.Finish(result);
            return result;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }
}
