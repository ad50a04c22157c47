using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace MLTransfer.FineTuning.Tests.Runtime;

/// <summary>Finds, in compiled code, scalars that nobody holds while Torch reads them.</summary>
/// <remarks>
/// A scalar is held that goes straight into a field (a captured variable is one) or a <c>using</c> variable, or is returned, so that the caller has to hold it. One that is
/// an argument right away, or in a variable that nothing disposes of, is dead for the garbage collector as soon as its handle has been read.
/// </remarks>
internal sealed class UnheldScalars
{
    private const string Scalar = "TorchSharp.Scalar";

    private readonly HashSet<string> _careless;

    /// <param name="torch">TorchSharp.</param>
    public UnheldScalars(ModuleDefinition torch)
    {
        MethodDefinition[] methods = [.. Methods(torch)];
        ILookup<string, string> callers = methods
            .SelectMany(static method => Callees(method).Select(callee => (Callee: callee.Callee.FullName, Caller: method.FullName)))
            .ToLookup(static call => call.Callee, static call => call.Caller);
        Queue<string> open = new(methods.Where(static method => Callees(method).Any(call => IsUnheld(method, call))).Select(static method => method.FullName));
        _careless = [.. open];
        while (open.TryDequeue(out string? callee))
        {
            foreach (string caller in callers[callee].Where(_careless.Add))
            {
                open.Enqueue(caller);
            }
        }
    }

    /// <summary>The methods of TorchSharp that read a scalar nobody holds, or call one that does.</summary>
    public IReadOnlySet<string> Careless => _careless;

    /// <summary>The calls in a method that read, or let TorchSharp read, a scalar nobody holds.</summary>
    public IEnumerable<string> In(MethodDefinition method) =>
        from call in Callees(method)
        where _careless.Contains(call.Callee.FullName) || IsUnheld(method, call)
        select $"{Place(method, call.Instruction)} {method.DeclaringType.Name}.{method.Name} → {call.Callee.DeclaringType.Name}.{call.Callee.Name}";

    /// <summary>The methods of a module with code.</summary>
    public static IEnumerable<MethodDefinition> Methods(ModuleDefinition module)
    {
        foreach (MethodDefinition method in module.GetTypes().SelectMany(static type => type.Methods).Where(static method => method.HasBody))
        {
            method.Body.SimplifyMacros();
            yield return method;
        }
    }

    private static IEnumerable<(Instruction Instruction, MethodReference Callee)> Callees(MethodDefinition method) =>
        from instruction in method.Body.Instructions
        where instruction.Operand is MethodReference
        select (instruction, ((MethodReference)instruction.Operand).GetElementMethod());

    private static bool IsUnheld(MethodDefinition method, (Instruction Instruction, MethodReference Callee) call)
    {
        bool makes = call.Instruction.OpCode.Code == Code.Newobj ? call.Callee.DeclaringType.FullName == Scalar : call.Callee.ReturnType.FullName == Scalar;
        if (!makes)
        {
            return false;
        }

        Instruction next = After(call.Instruction);
        return next.OpCode.Code switch
        {
            Code.Ret or Code.Stfld or Code.Stsfld => false,
            Code.Stloc => !IsReturned(next) && !IsDisposed(method, (VariableDefinition)next.Operand),
            _ => true,
        };
    }

    // Unoptimised code returns by way of a variable.
    private static bool IsReturned(Instruction store) =>
        After(store) is { OpCode.Code: Code.Ldloc } load && load.Operand == store.Operand && After(load).OpCode.Code == Code.Ret;

    private static bool IsDisposed(MethodDefinition method, VariableDefinition variable) =>
        method.Body.ExceptionHandlers
            .Where(static handler => handler.HandlerType == ExceptionHandlerType.Finally)
            .SelectMany(static handler => Range(handler.HandlerStart, handler.HandlerEnd))
            .Any(instruction => instruction.OpCode.Code == Code.Ldloc && instruction.Operand == variable && After(instruction).Operand is MethodReference { Name: "Dispose" });

    private static IEnumerable<Instruction> Range(Instruction start, Instruction? end)
    {
        for (Instruction? instruction = start; instruction is not null && instruction != end; instruction = instruction.Next)
        {
            yield return instruction;
        }
    }

    // What runs next: a conditional expression jumps to where its value goes.
    private static Instruction After(Instruction instruction)
    {
        Instruction next = instruction.Next;
        while (next.OpCode.Code is Code.Br or Code.Nop)
        {
            next = next.OpCode.Code == Code.Br ? (Instruction)next.Operand : next.Next;
        }

        return next;
    }

    private static string Place(MethodDefinition method, Instruction instruction)
    {
        SequencePoint? point = method.DebugInformation.SequencePoints.LastOrDefault(point => point.Offset <= instruction.Offset && !point.IsHidden);
        return point is null ? "?" : $"{Path.GetFileName(point.Document.Url)}:{point.StartLine}";
    }
}
