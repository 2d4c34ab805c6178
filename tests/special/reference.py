"""Writes reference.json: rows of arguments and value, from mpmath at 40 digits. Run here: python3 reference.py"""
import json
import random

import mpmath as mp

mp.mp.dps=40
random.seed(7)
def logu(a,b): return 10**random.uniform(a,b)
T={}
def tab(name,f,xs):
    rows=[]
    for x in xs:
        x=x if isinstance(x,tuple) else (x,)
        y=f(*[mp.mpf(v) for v in x]); rows.append([*x,float(y)])
    T[name]=rows
pos=[logu(-15,15) for _ in range(120)]+[random.uniform(0,30) for _ in range(150)]+[1+d*s for s in (1,-1) for d in (1e-15,1e-12,1e-8,1e-4,.01,.1)]+[2+d*s for s in (1,-1) for d in (1e-15,1e-12,1e-8,1e-4,.01,.1)]+[3.0,10.0,9.999999999999998,15.0]
neg=[-random.uniform(0,30) for _ in range(60)]+[-2.5,-0.5,-1e-5,-3.00001]
tab('lgamma',lambda x:mp.log(abs(mp.gamma(x))) if x<1e6 else mp.loggamma(x),pos+neg)
tab('digamma',lambda x:mp.psi(0,x),pos+neg+[1.4616321449683622,1.4616321449683625,1.46])
tab('trigamma',lambda x:mp.psi(1,x),pos+neg)
tab('logFactorial',lambda x:mp.loggamma(x+1),[float(n) for n in range(0,60)]+[logu(-15,15) for _ in range(100)]+[170.0,1e5,-.5,-.99])
def lb(a,b):
    with mp.workdps(80): return mp.loggamma(a)+mp.loggamma(b)-mp.loggamma(a+b)
tab('logBeta',lb,[(logu(-8,8),logu(-8,8)) for _ in range(250)]+[(random.uniform(0,20),random.uniform(0,20)) for _ in range(250)]+[(1.0,1.0),(2.0,3.0),(.5,.5),(1e-10,1e10),(1e6,1e-3)])
xs=[random.uniform(-6,6) for _ in range(200)]+[s*logu(-15,0) for s in (1,-1) for _ in range(60)]
tab('erf',mp.erf,xs)
tab('erfc',mp.erfc,xs+[random.uniform(5,26) for _ in range(80)])
def ei(x):
    with mp.workdps(40):
        y=mp.erfinv(x) if abs(x)<mp.mpf('.99') else None
        if y is None:
            c=1-abs(x); y=mp.sqrt(-mp.log(c))
            for _ in range(300):
                d=(mp.erfc(y)-c)*mp.sqrt(mp.pi)/2*mp.exp(y*y); y+=d if abs(d)<.5 else .5*mp.sign(d)
                if abs(d)<mp.mpf(10)**-36: break
            y*=mp.sign(x)
        return y
tab('erfinv',ei,[random.uniform(-1,1) for _ in range(150)]+[s*logu(-15,-.3) for s in (1,-1) for _ in range(50)]+[s*(1-logu(-15.9,-.5)) for s in (1,-1) for _ in range(60)])
wide=[random.uniform(-40,40) for _ in range(150)]+[random.uniform(-700,700) for _ in range(60)]+[s*logu(-15,0) for s in (1,-1) for _ in range(30)]
tab('softplus',lambda x:mp.log1p(mp.exp(x)),wide)
tab('logSigmoid',lambda x:-mp.log1p(mp.exp(-x)),wide)
tab('sigmoid',lambda x:1/(1+mp.exp(-x)),wide)
tab('logAddExp',lambda a,b:mp.log(mp.exp(a)+mp.exp(b)),[(random.uniform(-30,30),random.uniform(-30,30)) for _ in range(150)]+[(random.uniform(-700,700),random.uniform(-700,700)) for _ in range(50)])
both=[random.uniform(-40,12) for _ in range(120)]+[s*logu(-15,2.5) for s in (1,-1) for _ in range(40)]
ncdf=lambda x: mp.erfc(-x/mp.sqrt(2))/2
tab('logNormalCdf',lambda x: mp.log(ncdf(x)) if x<0 else mp.log1p(-ncdf(-x)),both+[0.0,-0.5,-39.7,-1e4])
tab('inverseMills',lambda x: mp.npdf(x)/ncdf(x),both+[0.0,-0.5,-39.7,-1e4])
tab('log1mExp',lambda x: mp.log(-mp.expm1(x)) if x>-1 else mp.log1p(-mp.exp(x)),[-logu(-15,2.8) for _ in range(150)])
bessel=[logu(-12,4) for _ in range(120)]+[random.uniform(0,40) for _ in range(120)]+[-3.0,24.99,25.0]
tab('logBesselI0',lambda x: mp.log(mp.besseli(0,x)),bessel)
tab('besselRatio',lambda x: mp.besseli(1,x)/mp.besseli(0,x),bessel)
def lower(a,x): # P(a, x) with digits to spare for 1 - P
    return mp.exp(a*mp.log(x)-x-mp.loggamma(a+1))*mp.hyp1f1(1,a+1,x)
def exactly(digits,f):
    def g(*v):
        with mp.workdps(digits): return f(*v)
    return g
def shapes(lo,hi): return [(a,a*10**random.choice([random.uniform(-2,0),random.uniform(-.1,.1),random.uniform(0,.7)])) for a in [logu(lo,hi) for _ in range(90)]]
logp=lambda a,x: mp.log(lower(a,x)); logq=lambda a,x: mp.log(1-lower(a,x))
ax=shapes(-2,2.2)
tab('logGammaP',exactly(420,logp),ax+[(2.0,1.0),(1.0,1e-20)])
tab('logGammaQ',exactly(420,logq),ax+[(2.0,1.0),(1.0,300.0)])
ax=shapes(-1,1.7)
tab('logGammaPByShape',exactly(150,lambda a,x: mp.diff(lambda t: logp(t,x),a)),ax)
tab('logGammaQByShape',exactly(150,lambda a,x: mp.diff(lambda t: logq(t,x),a)),ax)
kernel=lambda a,x: a*mp.log(x)-x-mp.loggamma(a)
tab('logGammaDrawByShape',exactly(150,lambda a,x: -mp.diff(lambda t: lower(t,x),a)/mp.exp(kernel(a,x))),ax)
tab('logGammaKernel',exactly(80,kernel),shapes(-3,8))
def logi(a,b,x): return mp.log(mp.betainc(a,b,0,x,regularized=True))
def abx(lo,hi):
    rows=[]
    for _ in range(90):
        a,b=logu(lo,hi),logu(lo,hi); m=a/(a+b)
        rows.append((a,b,random.choice([random.uniform(0,1),m*10**random.uniform(-2,0),m+(1-m)*random.uniform(0,1),m])))
    return rows
tab('logIncompleteBeta',exactly(150,logi),abx(-1.5,1.9)+[(2.0,3.0,.5),(1000.0,.5,.9999),(.5,300.0,1e-8)])
z=abx(-1,1.5)
tab('logIncompleteBetaByFirst',exactly(110,lambda a,b,x: mp.diff(lambda t: logi(t,b,x),a)),z)
tab('logIncompleteBetaBySecond',exactly(110,lambda a,b,x: mp.diff(lambda t: logi(a,t,x),b)),z)
tab('logBetaKernel',exactly(80,lambda a,b,x: a*mp.log(x)+b*mp.log(1-x)-lb(a,b)),abx(-2,6))
out='{\n'+',\n'.join(f' "{k}": [\n  '+',\n  '.join(json.dumps(r) for r in v)+'\n ]' for k,v in T.items())+'\n}\n'
open('reference.json','w').write(out)
